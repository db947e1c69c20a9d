import { until } from '@flight/local';
import { expect } from 'chai';
import { following } from './support/following.js';
import { PASSWORD, signedIn, somebody } from './support/people.js';
import { outcomeOf, refusalOf } from './support/refusal.js';
import { openUserBed, type UpdateClient, type UserBed, type UserClient } from './support/user-bed.js';

describe('trouble with the database', function () {
  this.timeout(30_000);
  let bed: UserBed;
  let users: UserClient;
  let updates: UpdateClient;

  before(async () => {
    bed = await openUserBed({ own: true });
    ({ users, updates } = await bed.start({ flightUpdates: { keepAliveMs: 100 } }));
  });
  after(() => bed.close());

  it('lets a call end at its deadline, and its statement with it', async () => {
    const { userId, token } = await signedIn(users);
    await bed.whileLocked('user_account', async () => {
      const began = performance.now();
      const refusal = await refusalOf(users.getUser({ userId }, { token, timeoutMs: 300 }));
      expect(refusal).to.include({ kind: 'deadline_exceeded', reason: 'DEADLINE_EXCEEDED' });
      expect(performance.now() - began).to.be.below(5000);
      await until(async () => (await bed.blockedStatements()) === 0);
    });
    expect((await users.getUser({ userId }, { token })).user?.id).to.equal(userId);
  });

  it('ends a stream whose look at the database is not answered, and its statement with it', async () => {
    const { token } = await signedIn(users);
    const follower = await following(updates, { flightCode: 'FROZEN' }, { token });
    await bed.whileLocked('flight_update', async () => {
      expect(await follower.ended).to.include({ kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE' });
      await until(async () => (await bed.blockedStatements()) === 0);
    });
  });

  it('refuses what needs the database, says when to come back, and serves the rest', async () => {
    const { userId, username, token } = await signedIn(users);
    const follower = await following(updates, { flightCode: 'AWAY01' }, { token });
    await bed.stopPostgres();
    await until(
      async () => (await outcomeOf(users.login({ username, password: PASSWORD }))) === 'unavailable',
    );
    expect((await users.getJsonWebKeySet({})).keys).to.have.length(1);
    expect(await refusalOf(users.getUser({ userId }, { token: 'forged' }))).to.include({
      reason: 'TOKEN_INVALID',
    });

    const calls = [
      users.register(somebody()),
      users.login({ username, password: PASSWORD }),
      users.getUser({ userId }, { token }),
      users.listSubscriptions({ userId, pageSize: 0, pageToken: '' }),
      users.subscribe({ flightCode: 'FL001', requestId: '' }, { token }),
      users.unsubscribe({ flightCode: 'FL001', requestId: '' }, { token }),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) {
      expect(refusal).to.include({ kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE' });
      expect(refusal.retryAfterMs).to.be.above(0);
    }
    const ended = await follower.ended;
    expect(ended).to.include({ kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE' });
    expect(ended?.retryAfterMs).to.be.above(0);
  });
});
