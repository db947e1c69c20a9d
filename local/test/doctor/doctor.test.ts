import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { doctor } from '../../src/commands/doctor.js';
import { thisMachine } from '../../src/machine.js';
import { type ControlServer, openControl } from '../../src/stack/control-server.js';
import { type RunLock, takeRunLock } from '../../src/stack/run-lock.js';
import type { Instance, Stack } from '../../src/stack/running-stack.js';
import { startStack } from '../../src/stack/stack.js';
import { createStackRecorder, type StackRecorder } from '../../src/stack/stack-record.js';
import { until } from '../../src/until.js';
import { show } from '../fixture/show-metrics.js';
import { SMALL_SERVICES } from '../fixture/small-services.js';
import { withScratch } from '../scratch.js';

describe('the doctor, of a running stack,', function () {
  this.timeout(120_000);
  const refuseWhile = join(tmpdir(), `flight-doctor-refuse-${process.pid}`);
  let stack: Stack;
  let lock: RunLock;
  let recorder: StackRecorder | undefined;
  let control: ControlServer;

  before(async () => {
    await rm(refuseWhile, { force: true });
    stack = await startStack({
      services: SMALL_SERVICES,
      environment: { REFUSE_WHILE: refuseWhile },
      onChange: () => void recorder?.write(),
    });
    const taken = await takeRunLock(stack.dataDir);
    if ('heldBy' in taken) throw new Error('somebody else has the temporary folder');
    lock = taken;
    recorder = createStackRecorder(stack);
    await recorder.write();
    control = await openControl(stack, () => undefined);
  });

  after(async () => {
    await rm(refuseWhile, { force: true });
    await control.close();
    await recorder?.close();
    await lock.release();
    await stack.close();
  });

  async function ask(dataDir = stack.dataDir) {
    const lines: string[] = [];
    const around = { machine: thisMachine(), dataDir, services: SMALL_SERVICES, colour: false };
    const code = await doctor(around, (line) => lines.push(line));
    return { code, text: lines.join('\n') };
  }

  /** Asks until one answer says all of this: what is broken takes its time to be seen. */
  async function untilTold(code: number, ...patterns: readonly RegExp[]): Promise<void> {
    let last = { code: -1, text: '' };
    const isTold = async () => {
      last = await ask();
      return last.code === code && patterns.every((pattern) => pattern.test(last.text));
    };
    await until(patterns.join(' and '), isTold, 20_000).catch((error: unknown) => {
      throw new Error(`${String(error)}; last:\n${last.text}`);
    });
  }

  const untilWell = () => untilTold(0, /^all is well$/m);

  function getInstance(id: string): Instance {
    const instance = stack.instances.find((one) => one.id === id);
    if (!instance) throw new Error(`no ${id}`);
    return instance;
  }

  beforeEach(untilWell);

  it('finds nothing wrong with one that is well, and says what it looked at', async () => {
    const { code, text } = await ask();
    expect(code, text).to.equal(0);
    for (const part of ['node', 'disk', 'clock', 'launcher', 'processes', 'consul', 'catalog'])
      expect(text).to.match(new RegExp(`^ok {4}${part}: `, 'm'));
    for (const part of ['small-db', 'redis', 'readiness', 'breakers', 'logs', 'front_1'])
      expect(text).to.match(new RegExp(`^ok {4}${part}: `, 'm'));
    expect(text).to.not.match(/^(warn|FAIL)/m);
  });

  it('finds a Redis that is away, and what follows', async () => {
    await stack.stopInfra('redis');
    await untilTold(
      1,
      /^FAIL {2}redis: does not answer PING at \S+ — .*ECONNREFUSED/m,
      /^FAIL {2}redis: is down — /m,
    );
    await stack.startInfra('redis');
  });

  it('finds a Redis that is frozen', async () => {
    stack.kill('redis', 'SIGSTOP');
    try {
      await untilTold(
        1,
        /^FAIL {2}redis: does not answer PING .*no answer/m,
        /^FAIL {2}redis: pid \d+ is frozen — .*kill -CONT/m,
      );
    } finally {
      stack.kill('redis', 'SIGCONT');
    }
  });

  it('finds a Consul that is frozen', async () => {
    stack.kill('consul', 'SIGSTOP');
    try {
      await untilTold(
        1,
        /^FAIL {2}consul: does not answer at http.*keep the instances/m,
        /^FAIL {2}consul: pid \d+ is frozen/m,
      );
    } finally {
      stack.kill('consul', 'SIGCONT');
    }
  });

  it('finds a database that takes no statement', async () => {
    stack.kill('postgres', 'SIGSTOP');
    try {
      await untilTold(1, /^FAIL {2}small-db: takes no statement at /m);
    } finally {
      stack.kill('postgres', 'SIGCONT');
    }
  });

  it('finds a password that the database does not know', async () => {
    const { host, port, superuser: user, superuserPassword: password } = stack.postgres;
    const set = async (secret: string) => {
      const client = new pg.Client({ host, port, user, password, database: 'postgres' });
      await client.connect();
      await client.query(`alter role small_service password ${pg.escapeLiteral(secret)}`);
      await client.end();
    };
    await set('another');
    await untilTold(1, /^FAIL {2}small-db: takes no statement at \S+ — password authentication failed/m);
    await set(stack.databases[0]?.password ?? '');
  });

  it('finds an instance that can not be started again', async () => {
    await writeFile(refuseWhile, '');
    stack.kill('small_1');
    await untilTold(
      1,
      /^FAIL {2}small_1: is down — .*tail -n 20 \S+small_1\.log$/m,
      /^FAIL {2}small_1: is in Consul at \S+, but no process of the stack is behind it/m,
    );
    await rm(refuseWhile);
    await stack.restart('small_1');
  });

  it('finds an instance that is frozen', async () => {
    stack.kill('small_2', 'SIGSTOP');
    try {
      await untilTold(
        1,
        /^FAIL {2}small_2: does not answer \S+\/livez — .*timeout/m,
        /^FAIL {2}small_2: pid \d+ is frozen/m,
      );
    } finally {
      stack.kill('small_2', 'SIGCONT');
    }
  });

  it('finds an instance that is not ready, with what it misses, and that Consul does not pass', async () => {
    const { adminUrl } = getInstance('small_1');
    const body = '{"status":"waiting","missing":{"small-db":"no primary is known"}}';
    await show(adminUrl, '/readyz', body, 503);
    await untilTold(
      1,
      /^FAIL {2}small_1: is not passing in Consul/m,
      /^FAIL {2}small_1: is not ready — small-db is missing: no primary is known — /m,
    );
    await show(adminUrl, '/readyz', 'ready');
  });

  it('finds an instance that Consul does not know, and one that is not there', async () => {
    const tell = async (path: string, body: unknown = {}) => {
      const request = { method: 'PUT', body: JSON.stringify(body) };
      expect((await fetch(`${stack.consulUrl}/v1/agent/service${path}`, request)).status).to.equal(200);
    };
    await tell('/deregister/small_2');
    await tell('/register', { ID: 'small_9', Name: 'small', Address: '127.0.0.1', Port: 9 });
    await untilTold(
      1,
      /^FAIL {2}small_9: is in Consul at 127\.0\.0\.1:9, but no process/m,
      /small_9: .*so it gets calls — .*deregister\/small_9$/m,
      /^FAIL {2}small_2: runs, but Consul does not know it — /m,
    );
    await tell('/deregister/small_9');
    await stack.restart('small_2');
  });

  it('finds breakers and discovery in what the callers show, and warns of a defect in their logs', async () => {
    const { adminUrl } = getInstance('front_1');
    const log = join(stack.dataDir, 'logs', 'front_1.log');
    const time = new Date().toISOString();
    await show(
      adminUrl,
      '/metrics',
      'mesh_discovery_age_seconds{service="small"} 300\nmesh_breaker_state{service="small",instance="small_2"} 2\n',
    );
    await appendFile(
      log,
      `${JSON.stringify({ time, msg: 'failed', route: '/x', err: { message: 'boom' } })}\n`,
    );
    const { code, text } = await ask();
    expect(code).to.equal(1);
    expect(text).to.match(/^FAIL {2}front_1: sends nothing to small_2: its breaker is open — /m);
    expect(text).to.match(/^warn {2}front_1: goes by what it knew of small 300 s ago — /m);
    expect(text).to.match(/^warn {2}front_1: 1 × "failed" .* \/x boom — /m);
    expect(text).to.match(/^1 to mend, 2 to look at$/m);
    await show(adminUrl, '/metrics', '');
    const warned = await ask();
    expect(warned.code, 'warnings alone').to.equal(0);
    await rm(log);
  });

  it("finds an edge that doesn't answer strangers", async () => {
    const { adminUrl } = getInstance('front_1');
    await show(adminUrl, '/api/gateway/status', 'overrun', 500);
    const { code, text } = await ask();
    expect(code).to.equal(1);
    expect(text).to.match(/^FAIL {2}front_1: does not answer \S+ — status 500: overrun — /m);
    await show(adminUrl, '/api/gateway/status', 'fine');
  });

  it('finds a launcher that takes no orders', async () => {
    await control.close();
    const { code, text } = await ask();
    expect(code).to.equal(1);
    expect(text).to.match(
      /^FAIL {2}launcher: pid \d+ takes no orders — .*nothing that dies is started again/m,
    );
    control = await openControl(stack, () => undefined);
  });

  it('says that nothing runs when nothing does', () =>
    withScratch(async (folder) => {
      const empty = join(folder, 'data');
      await mkdir(empty);
      expect(await ask(empty)).to.deep.equal({ code: 3, text: 'not running; "make run" starts it' });
    }));
});
