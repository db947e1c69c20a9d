import { until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { expect } from 'chai';
import { PASSWORD, signedIn, somebody } from './support/people.js';
import { openUserBed, type StartedInstance, type UserBed } from './support/user-bed.js';

describe('signing in under load', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let instance: StartedInstance;

  before(async () => {
    bed = await openUserBed();
    instance = await bed.start({ signIn: { parallel: 1, maxWaitMs: 200 } });
  });
  after(() => bed.close());

  async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
    const began = performance.now();
    await work().catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
    });
    return performance.now() - began;
  }

  function median(values: readonly number[]): number {
    return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  }

  it('takes as long for a name that nobody has as for a wrong password', async () => {
    const { username } = await signedIn(instance.users);
    const known: number[] = [];
    const unknown: number[] = [];
    // Turn by turn, so that whatever else the machine does slows both.
    for (let i = 0; i < 60; i++) {
      known.push(await elapsedMs(() => instance.users.login({ username, password: 'wrong' })));
      unknown.push(
        await elapsedMs(() => instance.users.login({ username: `nobody${i}`, password: 'wrong' })),
      );
    }
    expect(median(known) / median(unknown)).to.be.within(0.7, 1.4);
  });

  it('refuses the surplus at once, says when to come back, and serves the rest', async () => {
    const { username } = await signedIn(instance.users);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, () => instance.users.login({ username, password: PASSWORD })),
    );
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as Fault] : [],
    );
    expect(refused).to.not.have.length(0);
    expect(refused.length).to.be.below(200);
    for (const refusal of refused) {
      expect(refusal).to.include({ kind: 'resource_exhausted', reason: 'SIGN_IN_BUSY' });
      expect(refusal.retryAfterMs).to.be.within(1, 10_000);
    }
    expect(await instance.users.login({ username, password: PASSWORD })).to.have.property('accessToken');
  });

  it('refuses within 50 ms while it hashes as fast as it can', async () => {
    const { username } = await signedIn(instance.users);
    const login = () => instance.users.login({ username, password: PASSWORD });
    const flood = new AbortController();
    const flooding = Array.from({ length: 20 }, async () => {
      while (!flood.signal.aborted) await elapsedMs(login);
    });
    const times: number[] = [];
    while (times.length < 50) {
      const began = performance.now();
      const outcome = await login().catch((error: unknown) => error);
      if (outcome instanceof Fault && outcome.reason === 'SIGN_IN_BUSY')
        times.push(performance.now() - began);
    }
    flood.abort();
    await Promise.all(flooding);
    expect(median(times)).to.be.below(50);
  });

  it('drops the hashes of callers who are gone', async () => {
    const { users, metric } = await bed.start({ signIn: { parallel: 1, maxWaitMs: 20_000 } });
    const waiting = () => metric('user_service_passwords_waiting');
    const callers = Array.from({ length: 200 }, () => new AbortController());
    const outcomes = Promise.allSettled(
      callers.map(({ signal }) => users.login(somebody(), { timeoutMs: 20_000, signal })),
    );
    await until(async () => (await waiting()) > 150);
    for (const caller of callers) caller.abort();
    const droppedMs = await elapsedMs(() => until(async () => (await waiting()) === 0));
    // Hashed one after the other, they would take two seconds.
    expect(droppedMs).to.be.below(1000);
    const kinds = (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason.kind);
    expect(kinds.filter((kind) => kind === 'cancelled')).to.have.length.above(100);
  });
});
