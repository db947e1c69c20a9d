import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ProcessSpec } from '../src/processes/start-process.js';
import { type Supervised, supervise } from '../src/processes/supervise.js';
import { waitUntil } from '../src/wait-until.js';
import { withScratch } from './scratch.js';

const backoff = { firstMs: 20, longestMs: 100, recoveredAfterMs: 60_000 };

function makeSpec(folder: string, script: string): ProcessSpec {
  return {
    id: 'patient',
    command: 'sh',
    args: ['-c', script],
    environment: process.env,
    logFile: join(folder, 'logs', 'patient.log'),
    stopSignal: 'SIGTERM',
    deathSignal: 'KILL',
  };
}

async function untilReported(lines: readonly string[], count: number): Promise<void> {
  await waitUntil(async () => (lines.length >= count ? undefined : `${lines.length} lines`), {
    what: `line ${count} of the supervisor`,
    timeoutMs: 5_000,
  });
}

describe('a supervised process', () => {
  let supervised: Supervised | undefined;

  afterEach(() => supervised?.stop());

  it('is started again when it is killed, and the log says so', () =>
    withScratch(async (folder) => {
      const lines: string[] = [];
      supervised = supervise(makeSpec(folder, 'exec sleep 600'), {
        report: (line) => lines.push(line),
        backoff,
      });
      await supervised.start();
      const firstPid = supervised.pid;
      supervised.signal('SIGKILL');
      await untilReported(lines, 2);
      expect(supervised.pid).to.be.a('number').that.does.not.equal(firstPid);
      expect(lines[0]).to.match(
        /^patient ended with signal SIGKILL after \d+\.\d s; starting it again in 0\.02 s/,
      );
      expect(lines[1]).to.equal(`patient runs again, pid ${supervised.pid}`);
    }));

  it('waits longer from one short life to the next', () =>
    withScratch(async (folder) => {
      const lines: string[] = [];
      const deaths: number[] = [];
      supervised = supervise(makeSpec(folder, 'echo told; exit 7'), {
        report: (line) => lines.push(line),
        onDeath: (death) => deaths.push(death.deaths),
        backoff,
      });
      await supervised.start();
      await untilReported(lines, 7);
      const ends = lines.filter((line) => line.includes('ended with code 7'));
      expect(ends.map((line) => /again in ([\d.]+) s/.exec(line)?.[1])).to.deep.equal([
        '0.02',
        '0.04',
        '0.08',
        '0.1',
      ]);
      expect(deaths).to.deep.equal([1, 2, 3, 4]);
      expect(await readFile(supervised.logFile, 'utf8')).to.match(/^(told\n){4}/);
    }));

  it('stays down when it is stopped, even while it waits for its next start', () =>
    withScratch(async (folder) => {
      const lines: string[] = [];
      supervised = supervise(makeSpec(folder, 'exec sleep 600'), { report: (line) => lines.push(line) });
      await supervised.start();
      supervised.signal('SIGKILL');
      await untilReported(lines, 1);
      await supervised.stop();
      expect(supervised.state.kind).to.equal('stopped');
      await supervised.start();
      await Promise.all([supervised.stop(), supervised.stop()]);
      expect(supervised.state.kind).to.equal('stopped');
      expect(supervised.deaths).to.equal(1);
    }));

  it('is stopped even when it is frozen', () =>
    withScratch(async (folder) => {
      supervised = supervise(makeSpec(folder, 'exec sleep 600'), { report: () => undefined });
      await supervised.start();
      supervised.signal('SIGSTOP');
      await supervised.stop();
      expect(supervised.state.kind).to.equal('stopped');
    }));

  it('reports a program that can not be executed and tries again', () =>
    withScratch(async (folder) => {
      const lines: string[] = [];
      const spec = { ...makeSpec(folder, ''), command: join(folder, 'absent') };
      supervised = supervise(spec, { report: (line) => lines.push(line), backoff });
      await supervised.start();
      await untilReported(lines, 2);
      expect(lines[0]).to.match(/^patient (could not be started|ended with code 127)/);
    }));
});
