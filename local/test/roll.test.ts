import { rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PlainError } from '../src/plain-error.js';
import { askLauncher } from '../src/stack/control-client.js';
import { type ControlServer, openControl } from '../src/stack/control-server.js';
import { findRolled, type RollStep } from '../src/stack/roll.js';
import type { Instance, Stack } from '../src/stack/running-stack.js';
import { startStack } from '../src/stack/stack.js';
import { listPassing } from '../src/stack/stack-health.js';
import { until } from '../src/until.js';
import { show } from './fixture/show-metrics.js';
import { SMALL_SERVICES } from './fixture/small-services.js';
import { withScratch } from './scratch.js';

function getInstance(stack: Stack, id: string): Instance {
  const instance = stack.instances.find((candidate) => candidate.id === id);
  if (!instance) throw new Error(`no ${id}`);
  return instance;
}

/** What a command that must not succeed was refused for. */
async function findRefusal(working: Promise<void>): Promise<string> {
  const error = await working.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(PlainError);
  return (error as PlainError).message;
}

describe('the names of services to roll', () => {
  const names = ['user-service', 'booking-service', 'edge'];

  it('may leave "-service" out, and "all" keeps the order of starting', () => {
    expect(findRolled(names, 'booking')).to.deep.equal(['booking-service']);
    expect(findRolled(names, 'booking-service')).to.deep.equal(['booking-service']);
    expect(findRolled(names, 'edge')).to.deep.equal(['edge']);
    expect(findRolled(names, 'all')).to.deep.equal(names);
  });

  it('are told when there is no such service', () => {
    expect(() => findRolled(names, 'boking')).to.throw(PlainError, 'there are user, booking, edge, all');
  });
});

describe('a roll', function () {
  this.timeout(120_000);
  let stack: Stack;
  let control: ControlServer;
  let refuseWhile: string;

  before(async () => {
    const marks = { REFUSE_WHILE: join(tmpdir(), `flight-refuse-${process.pid}`) };
    refuseWhile = marks.REFUSE_WHILE;
    await rm(refuseWhile, { force: true });
    stack = await startStack({ services: SMALL_SERVICES, counts: { small: 3 }, environment: marks });
    control = await openControl(stack, () => undefined);
  });

  after(async () => {
    await rm(refuseWhile, { force: true });
    await control.close();
    await stack.close();
  });

  beforeEach(() => stack.untilHealthy());

  const pids = () => stack.instances.map(({ pid }) => pid);

  it('replaces every instance of the service, at the same address, one at a time, and no other', async () => {
    const before = pids();
    const addresses = stack.instances.map(({ address }) => address);
    const steps: RollStep[] = [];
    let fewest = 3;
    let rolling = true;
    const watching = (async () => {
      while (rolling) fewest = Math.min(fewest, (await listPassing(stack.consulUrl, 'small')).size);
    })();
    await stack.roll('small', (step) => steps.push(step));
    rolling = false;
    await watching;
    expect(steps.map(({ id }) => id)).to.deep.equal(['small_1', 'small_2', 'small_3']);
    expect(steps.map(({ pid }) => pid)).to.deep.equal(pids().slice(0, 3));
    expect(stack.instances.map(({ address }) => address)).to.deep.equal(addresses);
    const kept = stack.instances.filter(({ pid }) => before.includes(pid));
    expect(kept.map(({ id }) => id)).to.deep.equal(['front_1']);
    expect(fewest, 'fewest instances passing at a time').to.equal(2);
  });

  it('waits until every caller counts the instance in', async () => {
    const front = getInstance(stack, 'front_1');
    await show(front.adminUrl, '/metrics', 'mesh_instances{service="small"} 2');
    const steps: RollStep[] = [];
    const rolling = stack.roll('small', (step) => steps.push(step));
    const [old] = pids();
    await until('the new process to pass', async () => {
      const passing = await listPassing(stack.consulUrl, 'small');
      return pids()[0] !== undefined && pids()[0] !== old && passing.size === 3;
    });
    expect(steps).to.deep.equal([]);
    await show(front.adminUrl, '/metrics', 'mesh_instances{service="small"} 3');
    await rolling;
    expect(steps).to.have.length(3);
  });

  it('stops at the first instance that does not come back, and touches no further one', async () => {
    await writeFile(refuseWhile, '');
    const before = pids();
    const steps: RollStep[] = [];
    const why = await findRefusal(stack.roll('small', (step) => steps.push(step)));
    expect(why).to.match(/^small_1 ended when it was started again \(log: .*small_1\.log\)$/);
    expect(steps).to.deep.equal([]);
    expect(pids().slice(1)).to.deep.equal(before.slice(1));

    const other = await findRefusal(stack.roll('all'));
    // small_1 may be the one in turn again; with it down, it alone is tried and not its neighbours.
    expect(other).to.contain('small_1');
    expect(pids().slice(1)).to.deep.equal(before.slice(1));
    await rm(refuseWhile);
  });

  it('leaves the others alone while one of them is not healthy', async () => {
    await show(getInstance(stack, 'small_3').adminUrl, '/readyz', 'sick', 503);
    await until(
      'Consul to notice',
      async () => !(await listPassing(stack.consulUrl, 'small')).has('small_3'),
    );
    const before = pids();
    const why = await findRefusal(stack.roll('small'));
    expect(why).to.equal('small_1 is left alone while small_3 is not healthy: not passing in Consul');
    expect(pids()).to.deep.equal(before);
    await show(getInstance(stack, 'small_3').adminUrl, '/readyz', 'ready');
  });

  it('is refused while another one is going on', async () => {
    const first = stack.roll('small');
    expect(await findRefusal(stack.roll('front'))).to.equal('a roll is going on already');
    await first;
  });

  it('is ordered from another process, which hears of each step', async () => {
    const lines: string[] = [];
    await askLauncher(stack.dataDir, { command: 'roll', service: 'front' }, (line) => lines.push(line));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(
      /^front_1 rolled in \d+\.\d s: stopped \d+\.\d s, ready \d+\.\d s, known \d+\.\d s; pid \d+$/,
    );
    const refused = askLauncher(stack.dataDir, { command: 'roll', service: 'back' });
    expect(await findRefusal(refused)).to.equal('there is no service "back"; there are small, front, all');
  });

  it('ends before the next instance when whoever ordered it goes away', async () => {
    const leaving = new AbortController();
    const lines: string[] = [];
    const before = pids();
    const print = (line: string) => {
      lines.push(line);
      leaving.abort();
    };
    const rolled = askLauncher(stack.dataDir, { command: 'roll', service: 'small' }, print, leaving.signal);
    await findRefusal(rolled);
    expect(lines).to.have.length(1);
    await until('the end of the roll', async () => {
      const why = await stack.roll('nobody').catch((error: unknown) => String(error));
      return String(why).includes('there is no service');
    });
    // The abort may cross the beginning of the second one, which then comes back whole.
    expect(pids()[2]).to.equal(before[2]);
    await stack.untilHealthy();
  });

  it('takes orders from its owner alone, and only those it knows', async () => {
    const file = join(stack.dataDir, 'control.sock');
    expect(((await stat(file)).mode & 0o777).toString(8)).to.equal('600');
    const heard = await new Promise<string>((resolve, reject) => {
      const socket = connect(file, () => socket.write('{"command":"shutdown"}\n'));
      socket.on('error', reject);
      socket.on('data', (chunk) => resolve(String(chunk)));
    });
    expect(JSON.parse(heard)).to.deep.equal({ kind: 'failed', why: 'that is no command of the launcher' });
  });
});

describe('a stack that closes while it rolls', function () {
  this.timeout(60_000);

  it('starts nothing any more', () =>
    withScratch(async () => {
      const stack = await startStack({ services: SMALL_SERVICES });
      const [victim] = stack.instances;
      const rolling = stack.roll('small').then(
        () => 'rolled',
        (error: unknown) => String(error),
      );
      await until('the roll to begin', () => stack.instances[0]?.pid !== victim?.pid);
      await stack.close();
      expect(await rolling).to.contain('the stack is stopping');
      expect(stack.instances.map(({ pid }) => pid)).to.deep.equal([undefined, undefined, undefined]);
    }));
});

describe('a launcher that is not there', () => {
  it("can't be asked, and whoever asks is told so", () =>
    withScratch(async (folder) => {
      expect(await findRefusal(askLauncher(folder, { command: 'ping' }))).to.match(
        /can't be reached: .*ENOENT/,
      );
    }));
});
