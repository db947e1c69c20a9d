import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { clean } from '../src/commands/clean.js';
import { etl } from '../src/commands/etl.js';
import { roll } from '../src/commands/roll.js';
import { status } from '../src/commands/status.js';
import { stop } from '../src/commands/stop.js';
import { thisMachine } from '../src/machine.js';
import { folderExists } from '../src/programs/make-folder.js';
import { waitUntil } from '../src/wait-until.js';
import { withScratch } from './scratch.js';

/** The command `run` as a process of its own, in a data folder of its own. */
function startRun(dataDir: string) {
  const fixture = fileURLToPath(new URL('./fixture/run-small-stack.js', import.meta.url));
  const child = spawn(process.execPath, [fixture, dataDir]);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      printed += String(chunk);
    });
  const ended = new AbortController();
  void exited.then((code) => ended.abort(new Error(`ended with code ${code}:\n${printed}`)));
  const untilPrinted = (text: RegExp) =>
    waitUntil(async () => (text.test(printed) ? undefined : printed), {
      what: `the output ${text}`,
      timeoutMs: 60_000,
      signal: ended.signal,
    });
  return { child, exited, untilPrinted, printed: () => printed };
}

async function answer(command: (print: (line: string) => void) => Promise<number>) {
  const lines: string[] = [];
  return { code: await command((line) => lines.push(line)), text: lines.join('\n') };
}

/** The command `etl`, with something else in the place of what it starts. */
function askForLoad(dataDir: string, mode: string) {
  const entry = fileURLToPath(new URL('./fixture/asks-for-run.js', import.meta.url));
  const own = thisMachine();
  const machine = { ...own, environment: { ...own.environment, MODE: mode } };
  return answer((print) => etl({ machine, dataDir, print }, entry));
}

describe('the commands', function () {
  this.timeout(120_000);

  it('run, show and stop a stack, and keep its data', () =>
    withScratch(async (folder) => {
      const dataDir = join(folder, 'data');
      const running = startRun(dataDir);
      try {
        await running.untilPrinted(/ready in [\d.]+ s/);
        expect(running.printed()).to.match(
          /^small_1 +127\.0\.0\.1:\d+ \(gRPC\) +http:\/\/127\.0\.0\.1:\d+\/metrics$/m,
        );
        expect(running.printed()).to.match(/^API docs +http:\/\/localhost:\d+\/docs$/m);
        expect(running.printed()).to.match(
          /^ask the small-db: PGPASSWORD=.*"small-db-small_reader".* psql -h 127\.0\.0\.1 -p \d+ -U small_reader smalls$/m,
        );
        expect(running.printed()).to.not.contain('\u001b');

        const shown = await answer((print) => status(dataDir, print));
        expect(shown.code, shown.text).to.equal(0);
        expect(shown.text).to.match(/^small_2 +\d+ +\d+ s +1\.2\.3 +127\.0\.0\.1:\d+ +healthy +- +-$/m);

        const pid = Number(/^small_1 +(\d+)/m.exec(shown.text)?.[1]);
        process.kill(pid, 'SIGKILL');
        const findObstacle = async () => {
          const { code, text } = await answer((print) => status(dataDir, print));
          return code === 1 && /^small_1 +- +- +\S+ +\S+ +down +- +-$/m.test(text) ? undefined : text;
        };
        await waitUntil(findObstacle, {
          what: 'the dead process in the table',
          timeoutMs: 5_000,
        });
        await running.untilPrinted(/small_1 runs again/);

        const rolled = await answer((print) => roll(dataDir, 'front', print));
        expect(rolled.code, rolled.text).to.equal(0);
        expect(rolled.text).to.match(/^front_1 rolled in [^\n]+$/);
        expect(running.printed()).to.contain(rolled.text);
        const unknown = await answer((print) => roll(dataDir, 'back', print));
        expect(unknown).to.deep.equal({
          code: 1,
          text: 'not rolled: there is no service "back"; there are small, front, all',
        });

        expect(await askForLoad(dataDir, 'audit')).to.deep.equal({ code: 0, text: '' });
        expect(await askForLoad(dataDir, 'other')).to.deep.equal({ code: 1, text: '' });

        const second = startRun(dataDir);
        expect(await second.exited).to.equal(1);
        expect(second.printed()).to.match(/^already running \(pid \d+\): .*make stop.*\n$/);

        const refused = await answer((print) => clean(dataDir, print));
        expect(refused).to.include({ code: 1 });

        const stopped = await answer((print) => stop(dataDir, print));
        expect(stopped.code).to.equal(0);
        expect(await running.exited).to.equal(0);
        expect(running.printed()).to.match(/everything is stopped\n$/);
      } finally {
        running.child.kill('SIGKILL');
      }
      expect(await answer((print) => status(dataDir, print))).to.include({ code: 3 });
      expect(await answer((print) => roll(dataDir, 'front', print))).to.include({ code: 3 });
      expect(await askForLoad(dataDir, 'audit')).to.include({ code: 3 });
      expect(await folderExists(join(dataDir, 'postgres'))).to.equal(true);
      expect(await answer((print) => clean(dataDir, print))).to.include({ code: 0 });
      expect(await folderExists(dataDir)).to.equal(false);
    }));

  it('stop with Ctrl-C before the stack is ready', () =>
    withScratch(async (folder) => {
      const running = startRun(join(folder, 'data'));
      try {
        await running.untilPrinted(/looking for/);
        running.child.kill('SIGINT');
        expect(await running.exited).to.equal(0);
        expect(running.printed()).to.match(/SIGINT: stopping.*\n.*everything is stopped\n$/s);
      } finally {
        running.child.kill('SIGKILL');
      }
    }));

  it('have nothing to stop when nothing runs', () =>
    withScratch(async (folder) => {
      expect(await answer((print) => stop(folder, print))).to.deep.equal({ code: 0, text: 'not running' });
    }));
});
