import { until } from '@flight/local';
import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { createKeyring } from '../src/domain/keyring.js';
import { createKeySeal } from '../src/infra/aes-key-seal.js';
import { createKeysmith } from '../src/infra/jose-keysmith.js';
import { createPostgresSigningKeys } from '../src/infra/postgres-signing-keys.js';
import { PASSWORD, signedIn } from './support/people.js';
import { refusalOf } from './support/refusal.js';
import { openUserBed, SECRET, type UserBed, type UserClient } from './support/user-bed.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('signing keys', function () {
  this.timeout(30_000);
  let bed: UserBed;

  before(async () => {
    bed = await openUserBed();
  });
  after(() => bed.close());

  async function kidsOf(users: UserClient): Promise<readonly string[]> {
    return (await users.getJsonWebKeySet({})).keys.map(({ kid }) => kid);
  }

  it('are one for three instances that start at once on an empty database', async () => {
    const database = await bed.createDatabase();
    const instances = await Promise.all([1, 2, 3].map(() => bed.start({ database })));
    const sets = await Promise.all(instances.map(({ users }) => kidsOf(users)));
    expect(new Set(sets.flat())).to.have.property('size', 1);
    expect(await bed.sql('select kid from signing_key', [], database)).to.have.length(1);

    const [one, two, three] = instances.map(({ users }) => users);
    if (!one || !two || !three) return expect.fail('three were started');
    const { userId, token } = await signedIn(one);
    expect((await two.getUser({ userId }, { token })).user?.id).to.equal(userId);
    expect((await three.getUser({ userId }, { token })).user?.id).to.equal(userId);
  });

  it('are one for many who look for the first one at the same moment', async () => {
    const database = await bed.createDatabase();
    await (await bed.start({ database })).close();
    await bed.sql('delete from signing_key', [], database);
    const opened = await bed.openDatabase(database);
    const keyrings = Array.from({ length: 6 }, () =>
      createKeyring({
        store: createPostgresSigningKeys(opened),
        smith: createKeysmith(createKeySeal(SECRET)),
        schedule: { rotationMs: 30 * DAY_MS, leadMs: HOUR_MS, retireMs: DAY_MS },
        now: Date.now,
      }),
    );
    const caller = { deadline: Date.now() + 10_000, signal: AbortSignal.timeout(10_000) };
    let refreshed: Promise<unknown> = Promise.resolve();
    // All have looked before one can act.
    const allLook = async () => {
      refreshed = Promise.all(keyrings.map((keyring) => keyring.refresh(caller)));
      await until(async () => (await bed.blockedStatements(database)) === keyrings.length);
    };
    await bed.whileLocked('signing_key', allLook, database);
    await refreshed;
    await opened.close();
    expect(new Set(keyrings.map((keyring) => keyring.signer().kid))).to.have.property('size', 1);
    expect(await bed.sql('select kid from signing_key', [], database)).to.have.length(1);
  });

  it('are kept from one start to the next, and so are the accounts and the tokens', async () => {
    const database = await bed.createDatabase();
    const first = await bed.start({ database });
    const { username, userId, token } = await signedIn(first.users);
    const kids = await kidsOf(first.users);
    await first.close();

    const second = await bed.start({ database });
    expect(await kidsOf(second.users)).to.deep.equal(kids);
    expect((await second.users.getUser({ userId }, { token })).user?.username).to.equal(username);
    expect(await second.users.login({ username, password: PASSWORD })).to.include({ userId });
  });

  it('are not opened, nor added to, under another secret', async () => {
    const database = await bed.createDatabase();
    await bed.start({ database });
    const secret = 'another secret that is long enough too';
    const failure = await bed.start({ database, signingKeys: { secret } }).then(
      () => expect.fail('started under another secret'),
      (error: Error) => error,
    );
    expect(failure.name).to.equal('ConfigError');
    expect(failure.message)
      .to.match(/SIGNING_KEY_SECRET: does not open signing key/)
      .and.not.include(secret);
    expect(await bed.sql('select kid from signing_key', [], database)).to.have.length(1);
  });

  it('are stored sealed', async () => {
    const { users } = await bed.start();
    const rows = await bed.sql<{ row: string }>('select signing_key::text as row from signing_key');
    expect(rows).to.have.length(1);
    const [{ row } = { row: '' }] = rows;
    expect(row).to.include((await kidsOf(users))[0]);
    expect(row).to.not.include('"d"').and.not.include('PRIVATE KEY');
    expect(row).to.not.include(Buffer.from('PRIVATE KEY').toString('hex'));
  });

  it('rotate: published before they sign, kept while their tokens are good, then deleted', async () => {
    const database = await bed.createDatabase();
    const clock = { nowMs: Date.now() };
    const seams = { now: () => clock.nowMs };
    const wishes = { database, signingKeys: { rotationMs: 30 * DAY_MS, pollMs: 20 } };
    const instances = await Promise.all([1, 2].map(() => bed.start(wishes, seams)));
    const [users, others] = instances.map((instance) => instance.users);
    if (!users || !others) return expect.fail('two were started');
    const everybodyKnows = (count: number) =>
      until(async () => {
        const sets = await Promise.all([kidsOf(users), kidsOf(others)]);
        return sets.every((kids) => kids.length === count && kids.join() === sets[0]?.join());
      });
    const { username, userId } = await signedIn(users);
    const signIn = () => users.login({ username, password: PASSWORD });
    const [oldKid] = await kidsOf(users);

    clock.nowMs += 30 * DAY_MS - 5 * 60_000;
    await everybodyKnows(2);
    const [signer, next] = await kidsOf(users);
    expect(signer).to.equal(oldKid);
    const oldToken = (await signIn()).accessToken;
    expect(decodeProtectedHeader(oldToken).kid).to.equal(oldKid);

    clock.nowMs += 15 * 60_000;
    expect(await kidsOf(users)).to.deep.equal([next, oldKid]);
    const newToken = (await signIn()).accessToken;
    expect(decodeProtectedHeader(newToken).kid).to.equal(next);
    for (const token of [oldToken, newToken]) {
      expect((await others.getUser({ userId }, { token })).user?.id).to.equal(userId);
    }

    clock.nowMs += 2 * HOUR_MS;
    expect(await kidsOf(users)).to.deep.equal([next]);
    const refusal = await refusalOf(others.getUser({ userId }, { token: oldToken }));
    expect(refusal.kind).to.equal('unauthenticated');

    clock.nowMs += 30 * DAY_MS;
    await everybodyKnows(2);
    const stored = await bed.sql<{ kid: string }>('select kid from signing_key', [], database);
    expect(stored.map(({ kid }) => kid))
      .to.include(next)
      .and.not.include(oldKid);
  });
});
