import { expect } from 'chai';
import { signedIn } from './support/people.js';
import { refusalOf } from './support/refusal.js';
import { openUserBed, type UserBed, type UserClient } from './support/user-bed.js';

describe('subscriptions', function () {
  this.timeout(30_000);
  let bed: UserBed;
  let users: UserClient;

  before(async () => {
    bed = await openUserBed();
    ({ users } = await bed.start());
  });
  after(() => bed.close());

  async function subscribe(token: string, ...flightCodes: readonly string[]): Promise<void> {
    for (const flightCode of flightCodes) await users.subscribe({ flightCode, requestId: '' }, { token });
  }

  async function codesOf(userId: number): Promise<readonly string[]> {
    const { subscriptions } = await users.listSubscriptions({ userId, pageSize: 0, pageToken: '' });
    return subscriptions.map(({ flightCode }) => flightCode);
  }

  it('stores a subscription in upper case and says when it was there before', async () => {
    const { userId, token } = await signedIn(users);
    const first = await users.subscribe({ flightCode: 'fl001', requestId: 'sub-1' }, { token });
    expect(first.alreadySubscribed).to.equal(false);
    expect(first.subscription?.flightCode).to.equal('FL001');
    const again = await users.subscribe({ flightCode: 'FL001', requestId: 'sub-2' }, { token });
    expect(again).to.deep.equal({ ...first, alreadySubscribed: true });
    expect(await codesOf(userId)).to.deep.equal(['FL001']);
  });

  it('stores one of many that come at the same moment', async () => {
    const { userId, token } = await signedIn(users);
    const request = { flightCode: 'FL002', requestId: '' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => users.subscribe(request, { token })));
    expect(answers.filter(({ alreadySubscribed }) => !alreadySubscribed)).to.have.length(1);
    expect(await codesOf(userId)).to.deep.equal(['FL002']);
  });

  it('answers every one of many who subscribe and unsubscribe at the same moment', async () => {
    const { token } = await signedIn(users);
    const request = { flightCode: 'FL003', requestId: '' };
    const calls = Array.from({ length: 40 }, (_, i) =>
      i % 2 ? users.unsubscribe(request, { token }) : users.subscribe(request, { token }),
    );
    await Promise.all(calls);
    await users.unsubscribe(request, { token });
    expect(await users.unsubscribe(request, { token })).to.deep.equal({ removed: false });
  });

  it('removes a subscription, once', async () => {
    const { userId, token } = await signedIn(users);
    await subscribe(token, 'FL001', 'FL002');
    const request = { flightCode: 'fl001', requestId: '' };
    expect(await users.unsubscribe(request, { token })).to.deep.equal({ removed: true });
    expect(await users.unsubscribe(request, { token })).to.deep.equal({ removed: false });
    expect(await codesOf(userId)).to.deep.equal(['FL002']);
  });

  it('finds a subscription, or says that there is none', async () => {
    const { userId, token } = await signedIn(users);
    const { subscription } = await users.subscribe({ flightCode: 'FL001', requestId: '' }, { token });
    expect(await users.getSubscription({ flightCode: 'fl001' }, { token })).to.deep.equal({ subscription });
    const refusal = await refusalOf(users.getSubscription({ flightCode: 'fl002' }, { token }));
    expect(refusal).to.include({ kind: 'not_found', reason: 'SUBSCRIPTION_NOT_FOUND' });
    expect(refusal.message).to.equal(`User ${userId} is not subscribed to flight FL002.`);
    expect(refusal.facts).to.deep.equal({ user_id: String(userId), flight_code: 'FL002' });
    const { token: other } = await signedIn(users);
    expect(await refusalOf(users.getSubscription({ flightCode: 'FL001' }, { token: other }))).to.include({
      reason: 'SUBSCRIPTION_NOT_FOUND',
    });
  });

  it('refuses a code that is missing or malformed', async () => {
    const { token } = await signedIn(users);
    for (const call of [users.subscribe, users.unsubscribe, users.getSubscription]) {
      const missing = await refusalOf(call({ flightCode: '', requestId: '' }, { token }));
      expect(missing).to.include({ reason: 'INVALID_FIELD', message: 'Flight code is missing' });
      for (const flightCode of ['F', 'FL001FL0012', 'FL-01', 'FL 01', 'ФЛ001', 'FL001\0']) {
        const malformed = await refusalOf(call({ flightCode, requestId: '' }, { token }));
        expect(malformed).to.include({ reason: 'INVALID_FIELD', message: 'Flight code is invalid' });
        expect(malformed.facts).to.deep.equal({ field: 'flight_code' });
      }
    }
  });

  it('asks for a token to change anything, or to look at one subscription', async () => {
    const request = { flightCode: 'FL001', requestId: '' };
    for (const call of [users.subscribe, users.unsubscribe, users.getSubscription]) {
      expect(await refusalOf(call(request))).to.include({ kind: 'unauthenticated', reason: 'TOKEN_MISSING' });
    }
  });

  it('refuses the subscription of an account that is gone', async () => {
    const { userId, token } = await signedIn(users);
    await bed.sql('delete from user_account where id = $1', [userId]);
    const refusal = await refusalOf(users.subscribe({ flightCode: 'FL001', requestId: '' }, { token }));
    expect(refusal).to.include({ kind: 'not_found', reason: 'USER_NOT_FOUND' });
  });

  describe('listing', () => {
    it('answers an empty list to a user who has none, and refuses one who is not there', async () => {
      const { userId } = await signedIn(users);
      const request = { userId, pageSize: 0, pageToken: '' };
      expect(await users.listSubscriptions(request)).to.deep.equal({ subscriptions: [], nextPageToken: '' });
      const refusal = await refusalOf(users.listSubscriptions({ ...request, userId: 999_999 }));
      expect(refusal).to.include({ kind: 'not_found', reason: 'USER_NOT_FOUND', message: 'User not found' });
    });

    it('goes through the pages by flight code, each subscription once', async () => {
      const { userId, token } = await signedIn(users);
      await subscribe(token, 'FL005', 'FL001', 'FL003', 'FL004', 'FL002');
      const pages: string[][] = [];
      let pageToken = '';
      do {
        const page = await users.listSubscriptions({ userId, pageSize: 2, pageToken });
        pages.push(page.subscriptions.map(({ flightCode }) => flightCode));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(pages).to.deep.equal([['FL001', 'FL002'], ['FL003', 'FL004'], ['FL005']]);
    });

    it('ends with a page that is exactly full', async () => {
      const { userId, token } = await signedIn(users);
      await subscribe(token, 'FL001', 'FL002');
      const page = await users.listSubscriptions({ userId, pageSize: 2, pageToken: '' });
      expect(page.subscriptions).to.have.length(2);
      expect(page.nextPageToken).to.equal('');
    });

    it('refuses a page token that was changed or belongs to another user', async () => {
      const one = await signedIn(users);
      const other = await signedIn(users);
      for (const { token } of [one, other]) await subscribe(token, 'FL001', 'FL002');
      const { nextPageToken } = await users.listSubscriptions({
        userId: one.userId,
        pageSize: 1,
        pageToken: '',
      });
      const changed = nextPageToken.slice(0, -1) + (nextPageToken.endsWith('A') ? 'B' : 'A');
      for (const [userId, pageToken] of [
        [other.userId, nextPageToken],
        [one.userId, changed],
        [one.userId, 'FL001'],
        [one.userId, '\0'],
      ] as const) {
        const refusal = await refusalOf(users.listSubscriptions({ userId, pageSize: 1, pageToken }));
        expect(refusal).to.include({ kind: 'invalid_argument', reason: 'INVALID_PAGE_TOKEN' });
      }
    });

    it('refuses a page size out of range', async () => {
      const { userId } = await signedIn(users);
      for (const pageSize of [-1, 1001, 2 ** 31 - 1, -(2 ** 31)]) {
        const refusal = await refusalOf(users.listSubscriptions({ userId, pageSize, pageToken: '' }));
        expect(refusal).to.include({ reason: 'INVALID_FIELD' });
        expect(refusal.facts).to.deep.equal({ field: 'page_size' });
      }
    });

    it('needs no token under the documented policy, but none that is wrong', async () => {
      const { userId } = await signedIn(users);
      const { token } = await signedIn(users);
      const request = { userId, pageSize: 0, pageToken: '' };
      expect(await users.listSubscriptions(request, { token })).to.have.property('subscriptions');
      expect(await refusalOf(users.listSubscriptions(request, { token: 'forged' }))).to.include({
        kind: 'unauthenticated',
        reason: 'TOKEN_INVALID',
      });
    });
  });
});
