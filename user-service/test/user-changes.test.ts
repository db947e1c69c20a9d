import type { TestDatabase } from '@flight/local';
import { until } from '@flight/local';
import type { StreamUserChangesResponse } from '@flight/proto/user';
import { expect } from 'chai';
import { signedIn } from './support/people.js';
import { refusalOf } from './support/refusal.js';
import { type TakenChanges, takeChanges, toTaken } from './support/taken-changes.js';
import { openUserBed, type StartedInstance, type UserBed } from './support/user-bed.js';

describe('the changes of users, subscriptions and flight updates', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let database: TestDatabase;
  let instance: StartedInstance;
  let credential: string;
  /** Of the moment at which a test begins. */
  let token: string;

  before(async () => {
    bed = await openUserBed();
    database = bed.database;
    instance = await bed.start({ flightUpdates: { keepAliveMs: 100 } });
    credential = await bed.credential('etl-service');
  });
  beforeEach(async () => {
    ({ token } = await takeChanges(instance.changes, credential));
  });
  after(() => bed.close());

  const since = (from = token, batchSize = 0): Promise<TakenChanges> =>
    takeChanges(instance.changes, credential, from, batchSize);

  const subscribe = (user: { token: string }, flightCode: string) =>
    instance.users.subscribe({ flightCode, requestId: '' }, { token: user.token });

  const unsubscribe = (user: { token: string }, flightCode: string) =>
    instance.users.unsubscribe({ flightCode, requestId: '' }, { token: user.token });

  const publish = (flightCode: string, update: string) =>
    instance.updates.publishFlightUpdate({ flightCode, update, requestId: '' }, { credential });

  it('are told from the first one on, kind by kind, without names, addresses or texts', async () => {
    const user = await signedIn(instance.users);
    await subscribe(user, 'first1');
    await publish('first1', 'a text that nobody need know');
    const everything = await takeChanges(instance.changes, credential);
    expect(everything.users.at(-1)).to.deep.include({ userId: user.userId, roles: [], removed: false });
    expect(everything.subscriptions.at(-1)).to.deep.include({ userId: user.userId, flightCode: 'FIRST1' });
    expect(everything.flightUpdates.at(-1)).to.deep.include({ flightCode: 'FIRST1', sequence: 1 });
    const kinds = everything.messages.map(kindOf);
    expect(kinds).to.deep.equal(['users', 'subscriptions', 'flightUpdates', 'checkpoint']);
    const text = JSON.stringify(everything.messages).toLowerCase();
    for (const secret of [user.username, '@example.com', 'argon2', 'a text that']) {
      expect(text).not.to.include(secret);
    }
    const columns = await bed.sql<{ column_name: string }>(
      `select column_name from information_schema.columns
       where table_name in ('account_version', 'subscription_change', 'flight_update_change')`,
    );
    for (const { column_name } of columns) expect(column_name).not.to.match(/name|mail|password|text|key/);
  });

  it('are told after a token only when they came after it, and none twice', async () => {
    const user = await signedIn(instance.users);
    const first = await since();
    expect(first.users.map(({ userId }) => userId)).to.deep.equal([user.userId]);
    await subscribe(user, 'AFTER1');
    const second = await since(first.token);
    expect(second.users).to.deep.equal([]);
    expect(second.subscriptions.map(({ flightCode }) => flightCode)).to.deep.equal(['AFTER1']);
    const third = await since(second.token);
    expect(third.messages.map(kindOf)).to.deep.equal(['checkpoint']);
    // Whoever asks with the first token again is answered the same, and what came since.
    const again = await since();
    expect(again.users).to.deep.equal(first.users);
    expect(again.subscriptions).to.deep.equal(second.subscriptions);
  });

  it('go on from a token in the middle of a window, with what was in it and what has come since', async () => {
    const user = await signedIn(instance.users);
    for (const code of ['MID1', 'MID2', 'MID3']) await subscribe(user, code);
    for (const update of ['a', 'b', 'c']) await publish('MID1', update);
    const whole = await since(token, 2);
    expect(whole.messages.map(kindOf)).to.deep.equal([
      ...['users', 'subscriptions', 'subscriptions', 'flightUpdates', 'flightUpdates', 'checkpoint'],
    ]);
    await subscribe(user, 'MID4');
    for (const [place, message] of whole.messages.entries()) {
      const rest = await since(message.token, 2);
      const told = toTaken([...whole.messages.slice(0, place + 1).map(withoutEnd), ...rest.messages]);
      expect(told.users).to.deep.equal(whole.users);
      expect(told.flightUpdates).to.deep.equal(whole.flightUpdates);
      const codes = told.subscriptions.map(({ flightCode }) => flightCode);
      expect(codes).to.deep.equal(['MID1', 'MID2', 'MID3', 'MID4']);
    }
  });

  it('say when a user subscribes, unsubscribes and subscribes again, as two subscriptions', async () => {
    const user = await signedIn(instance.users);
    await subscribe(user, 'TWICE1');
    await subscribe(user, 'TWICE1');
    await unsubscribe(user, 'TWICE1');
    await unsubscribe(user, 'TWICE1');
    await subscribe(user, 'TWICE1');
    const { subscriptions } = await since();
    const [begun, ended, anew] = subscriptions;
    expect(subscriptions).to.have.length(3);
    expect(begun).to.include({ userId: user.userId, flightCode: 'TWICE1', endTime: undefined });
    expect(ended).to.deep.equal({ ...begun, endTime: ended?.endTime });
    expect(ended?.endTime?.getTime()).to.be.at.least(begun?.createTime?.getTime() ?? Number.NaN);
    expect(anew).to.include({ flightCode: 'TWICE1', endTime: undefined });
    expect(anew?.subscriptionId).to.be.above(begun?.subscriptionId ?? Number.NaN);
  });

  it('show a change of roles, made by hand too, and later versions by later times', async () => {
    const { userId } = await signedIn(instance.users);
    const setRoles = (roles: string) => `update user_account set roles = '${roles}' where id = ${userId}`;
    const opened = await bed.openDatabase(database);
    const within = { deadline: Date.now() + 10_000, signal: AbortSignal.timeout(10_000) };
    await opened.transaction(async (transaction) => {
      for (const roles of ['{staff}', '{staff}', '{}', '{staff}'])
        await transaction.query({ name: '', text: setRoles(roles) }, []);
    }, within);
    await opened.close();
    await bed.sql('update user_account set email = email where id = $1', [userId]);
    const { users } = await since();
    expect(users.map(({ roles }) => roles)).to.deep.equal([[], ['staff'], [], ['staff']]);
    const times = users.map(({ changeTime }) => changeTime?.getTime() ?? Number.NaN);
    for (const [i, time] of times.slice(1).entries()) expect(time).to.be.above(times[i] ?? Number.NaN);
    for (const user of users) expect(user.createTime).to.deep.equal(users[0]?.createTime);
  });

  it('say of removed accounts that they are gone, and end their subscriptions', async () => {
    const [one, other] = [await signedIn(instance.users), await signedIn(instance.users)];
    for (const user of [one, other]) for (const code of ['GONE1', 'GONE2']) await subscribe(user, code);
    const before = await since();
    const ids = [one.userId, other.userId];
    await bed.sql('delete from user_account where id = any ($1)', [ids]);
    const { users, subscriptions, checkpoint } = await since(before.token);
    expect(users.map(({ userId, removed }) => [userId, removed])).to.deep.equal(ids.map((id) => [id, true]));
    expect(subscriptions.filter(({ endTime }) => endTime)).to.have.length(4);
    const idsOf = ({ subscriptions: all }: Pick<TakenChanges, 'subscriptions'>) =>
      all.map(({ subscriptionId }) => subscriptionId);
    expect(idsOf({ subscriptions })).to.have.members(idsOf(before));
    expect(checkpoint.users).to.equal(before.checkpoint.users - 2);
    expect(checkpoint.subscriptions).to.equal(before.checkpoint.subscriptions - 4);
  });

  it('can’t be missed by statements that no history would hear of', async () => {
    const { token } = await signedIn(instance.users);
    await subscribe({ token }, 'SILENT1');
    for (const statement of [
      'truncate subscription',
      'truncate user_account cascade',
      `update subscription set flight_code = 'OTHER1' where flight_code = 'SILENT1'`,
    ]) {
      const refused = await bed.sql(statement).then(String, String);
      expect(refused, statement).to.contain('recorded in its history');
    }
    await bed.sql('update subscription set flight_code = flight_code');
  });

  it('keep flight updates that are dropped from the history that users see', async () => {
    await publish('TRIM1', 'a');
    await publish('TRIM1', 'b');
    const kept = { ageMs: 3_600_000, count: 1 };
    const trimmer = await bed.start({ flightUpdates: { kept, trimEveryMs: 20 } });
    await until(async () => (await trimmer.metric('user_service_flight_updates_trimmed_total')) >= 1);
    await trimmer.close();
    const { flightUpdates, checkpoint } = await since('');
    const told = flightUpdates.filter(({ flightCode }) => flightCode === 'TRIM1');
    expect(told.map(({ sequence }) => sequence)).to.deep.equal([1, 2]);
    expect(checkpoint.flightUpdates).to.equal(flightUpdates.length);
  });

  it('reach a follower soon, and an idle stream gives checkpoints', async () => {
    const stopping = new AbortController();
    const taken: StreamUserChangesResponse[] = [];
    const request = { token, batchSize: 0, follow: true };
    const options = { credential, signal: stopping.signal };
    const following = (async () => {
      for await (const message of instance.changes.streamUserChanges(request, options)) taken.push(message);
    })();
    await until(() => taken.length >= 3);
    expect(taken.map(kindOf).every((kind) => kind === 'checkpoint')).to.equal(true);
    const user = await signedIn(instance.users);
    await subscribe(user, 'SOON1');
    await until(() => taken.some(({ subscriptions }) => subscriptions.length > 0));
    stopping.abort();
    expect(await refusalOf(following)).to.include({ kind: 'cancelled' });
  });

  it('end at once for a follower when the instance stops', async () => {
    const leaving = await bed.start({ flightUpdates: { keepAliveMs: 100 } });
    const stream = leaving.changes.streamUserChanges({ token, batchSize: 0, follow: true }, { credential });
    const messages = stream[Symbol.asyncIterator]();
    await messages.next();
    const ended = refusalOf(drain(messages));
    await Promise.all([leaving.close(), ended]);
    expect(await ended).to.include({ kind: 'unavailable' });
  });

  it('are refused to strangers, and for what is not a token or a size', async () => {
    const user = await signedIn(instance.users);
    const stream = (wish: object, options: object) => {
      const request = { token, batchSize: 0, follow: false, ...wish };
      return refusalOf(drain(instance.changes.streamUserChanges(request, options)[Symbol.asyncIterator]()));
    };
    expect(await stream({}, {})).to.include({ kind: 'unauthenticated', reason: 'TOKEN_MISSING' });
    expect(await stream({}, { token: 'forged' })).to.include({ reason: 'TOKEN_INVALID' });
    expect(await stream({}, { credential: 'forged' })).to.include({ reason: 'TOKEN_INVALID' });
    expect(await stream({}, { token: user.token })).to.include({
      kind: 'permission_denied',
      reason: 'STAFF_ONLY',
    });
    for (const batchSize of [-1, 10_001]) {
      const refusal = await stream({ batchSize }, { credential });
      expect(refusal).to.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD' });
      expect(refusal.facts).to.deep.equal({ field: 'batch_size' });
    }
    for (const broken of [
      'x',
      token.slice(1),
      `${token}x`.slice(4),
      Buffer.from('[]').toString('base64url'),
    ]) {
      const refusal = await stream({ token: broken }, { credential });
      expect(refusal).to.include({ kind: 'invalid_argument', reason: 'INVALID_CHANGE_TOKEN' });
    }
  });

  it('are shown to staff', async () => {
    const { username, userId } = await signedIn(instance.users);
    await bed.sql(`update user_account set roles = '{staff}' where id = $1`, [userId]);
    const login = { username, password: 'securepassword123' };
    const { accessToken } = await instance.users.login(login);
    const request = { token: '', batchSize: 10_000, follow: false };
    const messages: StreamUserChangesResponse[] = [];
    for await (const message of instance.changes.streamUserChanges(request, { token: accessToken }))
      messages.push(message);
    expect(toTaken(messages).users.at(-1)).to.deep.include({ userId, roles: ['staff'] });
  });
});

function kindOf({ users, subscriptions, flightUpdates, checkpoint }: StreamUserChangesResponse): string {
  const kinds = Object.entries({ users, subscriptions, flightUpdates }).filter(([, rows]) => rows.length > 0);
  return [...kinds.map(([kind]) => kind), ...(checkpoint ? ['checkpoint'] : [])].join(' and ');
}

function withoutEnd(message: StreamUserChangesResponse): StreamUserChangesResponse {
  return { ...message, checkpoint: undefined };
}

async function drain(messages: AsyncIterator<unknown>): Promise<void> {
  for (;;) if ((await messages.next()).done) return;
}
