import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenRedis, openRedis, until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { expect } from 'chai';
import { type Asked, type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';
import { sendRaw } from './support/raw-request.js';

const LIMITS = { accountAndAddress: 3, account: 6, address: 8, windowMs: 600_000, familiarMs: 600_000 };
const PASSWORD = 'the right password';

describe('failed sign-ins', () => {
  let folder: string;
  let redis: OpenRedis;
  let bed: EdgeBed;
  let edge: StartedEdge;
  let other: StartedEdge;
  let people = 0;
  let machines = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-limits-'));
    redis = await openRedis({ dataDir: folder });
    bed = await openEdgeBed();
    const [host = '', port] = redis.nodes.split(':');
    const wishes = {
      redis: { nodes: [{ host, port: Number(port) }], mode: 'single' as const, password: undefined },
      signInLimits: LIMITS,
      trustProxy: ['loopback'],
    };
    edge = await bed.start(wishes);
    other = await bed.start(wishes);
    bed.backends.scripts.user.login = async ({ password }) => {
      if (password === 'away') throw new Fault('unavailable', 'DATABASE_UNAVAILABLE', 'away');
      if (password !== PASSWORD) throw new Fault('unauthenticated', 'CREDENTIALS_INVALID', 'no');
      return { userId: 1, accessToken: 'a.b.c', expireTime: new Date() };
    };
    for (const one of [edge, other])
      await until(async () =>
        /^redis_connected\{[^}]*client="commands"[^}]*\} 1$/m.test(await metricsOf(one)),
      );
  });
  after(async () => {
    await bed.close();
    await redis.close();
    await rm(folder, { recursive: true, force: true });
  });

  const somebody = () => `somebody${++people}`;
  const somewhere = () => `203.0.113.${++machines}`;

  function signIn(username: string, from: string, password = 'wrong', at = edge): Promise<Asked> {
    return at.ask('POST', '/api/auth/login', {
      body: { username, password },
      headers: { 'x-forwarded-for': from },
    });
  }

  async function fail(times: number, username: string, from: string, at = edge): Promise<void> {
    for (let time = 0; time < times; time++)
      expect((await signIn(username, from, 'wrong', at)).status).to.equal(401);
  }

  async function metricsOf(at: StartedEdge): Promise<string> {
    return String((await at.ask('GET', '/metrics')).body);
  }

  /** How many commands of an edge ended in some way. */
  async function countCommands(at: StartedEdge, outcomes: string): Promise<number> {
    const row = new RegExp(
      `^redis_command_seconds_count\\{[^}]*outcome="(?:${outcomes})"[^}]*\\} (\\d+)$`,
      'gm',
    );
    return [...(await metricsOf(at)).matchAll(row)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  const countUnanswered = async () =>
    (await countCommands(edge, 'timeout|failed|skipped')) +
    (await countCommands(other, 'timeout|failed|skipped'));

  /**
   * A test of what is counted in Redis. What Redis answers too late for is counted by one edge alone, and then counts do not add
   * up: a busy machine does that too, so that then it is tried again with others.
   */
  function itCounts(sentence: string, work: () => Promise<void>): void {
    it(sentence, () =>
      until(async () => {
        const unanswered = await countUnanswered();
        try {
          await work();
          return true;
        } catch (error) {
          if ((await countUnanswered()) === unanswered) throw error;
          return false;
        }
      }),
    );
  }

  itCounts('end after a few, and the client is told for how long', async () => {
    const [who, where] = [somebody(), somewhere()];
    await fail(3, who, where);
    const refused = await signIn(who, where, PASSWORD);
    expect(refused).to.deep.include({
      status: 429,
      body: { message: 'Too many failed sign-ins. Please try again later.' },
    });
    expect(Number(refused.headers.get('retry-after'))).to.be.within(590, 600);
  });

  itCounts('lock out neither the owner elsewhere nor others here', async () => {
    const [who, where] = [somebody(), somewhere()];
    await fail(3, who, where);
    expect((await signIn(who, somewhere(), PASSWORD)).status).to.equal(200);
    expect((await signIn(somebody(), where, PASSWORD)).status).to.equal(200);
  });

  itCounts('are counted by all edges together', async () => {
    const [who, where] = [somebody(), somewhere()];
    await fail(2, who, where);
    await fail(1, who, where, other);
    expect((await signIn(who, where, PASSWORD)).status).to.equal(429);
    expect((await signIn(who, where, PASSWORD, other)).status).to.equal(429);
  });

  itCounts('are forgotten by a success', async () => {
    const [who, where] = [somebody(), somewhere()];
    await fail(2, who, where);
    expect((await signIn(who, where, PASSWORD)).status).to.equal(200);
    await fail(3, who, where);
  });

  itCounts('count for an account however it is written', async () => {
    const [who, where] = [somebody(), somewhere()];
    await fail(1, who, where);
    await fail(1, who.toUpperCase(), where);
    await fail(1, ` ${who} `, where);
    expect((await signIn(who, where, PASSWORD)).status).to.equal(429);
  });

  itCounts('from many addresses close an account to new addresses, not to familiar ones', async () => {
    const [who, home] = [somebody(), somewhere()];
    expect((await signIn(who, home, PASSWORD)).status).to.equal(200);
    for (let time = 0; time < LIMITS.account; time++) await fail(1, who, somewhere());
    expect((await signIn(who, somewhere(), PASSWORD)).status).to.equal(429);
    expect((await signIn(who, home, PASSWORD)).status).to.equal(200);
  });

  itCounts('of many accounts end for the address', async () => {
    const where = somewhere();
    for (let time = 0; time < LIMITS.address; time++) await fail(1, somebody(), where);
    expect((await signIn(somebody(), where, PASSWORD)).status).to.equal(429);
  });

  itCounts('are none when the service could not tell', async () => {
    const [who, where] = [somebody(), somewhere()];
    for (let time = 0; time < 5; time++) expect((await signIn(who, where, 'away')).status).to.equal(503);
    expect((await signIn(who, where, PASSWORD)).status).to.equal(200);
  });

  itCounts('leave no names and no addresses in Redis', async () => {
    const [who, where] = [somebody(), somewhere()];
    await fail(1, who, where);
    const keys = await sendRaw(`http://${redis.nodes}`, 'KEYS *\r\nQUIT\r\n');
    expect(keys).to.include('edge:sign-in:pair').and.to.not.include(who).and.to.not.include(where);
  });

  it('are counted in memory, without delay, while Redis hangs or is gone', async () => {
    const [who, where] = [somebody(), somewhere()];
    await signIn(who, where, PASSWORD);
    const [timedOut, skipped] = [await countCommands(edge, 'timeout'), await countCommands(edge, 'skipped')];
    process.kill(redis.pid, 'SIGSTOP');
    const times: number[] = [];
    const statuses: number[] = [];
    for (let time = 0; time < 5; time++) {
      const began = performance.now();
      statuses.push((await signIn(who, where)).status);
      times.push(performance.now() - began);
    }
    expect(statuses).to.deep.equal([401, 401, 401, 429, 429]);
    // One of them waits 100 ms to find out; most don't, as nothing is sent for them.
    const waitedFor = (await countCommands(edge, 'timeout')) - timedOut;
    expect((await countCommands(edge, 'skipped')) - skipped).to.be.above(waitedFor);
    expect(times.sort((a, b) => a - b)[2]).to.be.lessThan(1000);
    process.kill(redis.pid, 'SIGCONT');
    await redis.close();
    const [another, elsewhere] = [somebody(), somewhere()];
    await fail(3, another, elsewhere);
    expect((await signIn(another, elsewhere, PASSWORD)).status).to.equal(429);
    expect((await edge.ask('GET', '/readyz')).status).to.equal(200);
  });
});

describe('the general limit', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start({ requestsPerSecond: 5, trustProxy: 1 });
  });
  after(() => bed.close());

  const ask = (from: string, path = '/api/gateway/status') =>
    edge.ask('GET', path, { headers: { 'x-forwarded-for': from } });

  it('refuses what is too much from one network and tells when to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => ask(`2001:db8:1:2::${n}`)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).to.be.greaterThan(0);
    expect(refused[0]?.body).to.deep.equal({ message: 'Too many requests. Please try again later.' });
    expect(refused[0]?.headers.get('retry-after')).to.equal('1');
    expect((await ask('2001:db8:1:3::1')).status).to.equal(200);
  });

  it('leaves balancers and monitors alone', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask('198.51.100.1', '/livez')));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
  });

  it('can live with addresses that are none', async () => {
    for (const from of ['', 'unknown', '1::2::3', ':::', ', ,', '%00', '1.2.3.4:5678', 'x'.repeat(5000)])
      expect((await ask(from)).status, from).to.be.oneOf([200, 429]);
  });

  it('does not believe in addresses that nobody vouches for', async () => {
    const open = await bed.start({ requestsPerSecond: 5 });
    const headers = (n: number) => ({ 'x-forwarded-for': `198.51.100.${n}` });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => open.ask('GET', '/api/gateway/status', { headers: headers(n) })),
    );
    expect(answers.some(({ status }) => status === 429)).to.equal(true);
  });
});
