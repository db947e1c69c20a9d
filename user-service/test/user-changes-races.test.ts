import { until } from '@flight/local';
import type { Database, Transaction } from '@flight/mesh';
import { expect } from 'chai';
import { signedIn } from './support/people.js';
import { applyChanges, type TakenChanges, takeChanges, toTaken } from './support/taken-changes.js';
import { openUserBed, type StartedInstance, type UserBed } from './support/user-bed.js';

const WRITERS = 8;
const STEPS = 30;
const FLIGHTS = 5;

interface Person {
  readonly userId: number;
  readonly token: string;
}

describe('changes while many write', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let instances: readonly StartedInstance[];
  let database: Database;
  let credential: string;

  before(async () => {
    bed = await openUserBed();
    instances = await Promise.all([bed.start(), bed.start()]);
    database = await bed.openDatabase(bed.database);
    credential = await bed.credential('etl-service');
  });
  after(async () => {
    await database.close();
    await bed.close();
  });

  /** Subscribes, unsubscribes and publishes, on instances in turn. */
  async function write(writer: number): Promise<void> {
    const { users } = instances[writer % instances.length] ?? expect.fail('no instance');
    const { token } = await signedIn(users);
    for (let step = 0; step < STEPS; step += 1) {
      const { users, updates } = instances[step % instances.length] ?? expect.fail('no instance');
      const request = { flightCode: `RACE${step % FLIGHTS}`, requestId: '' };
      if (step % 3 === 0) await users.unsubscribe(request, { token });
      else await users.subscribe(request, { token });
      await updates.publishFlightUpdate({ ...request, update: `${writer}:${step}` }, { credential });
    }
  }

  /**
   * Takes a number first and commits last: what is done in between by others has higher numbers, and is told before. It
   * makes an account, and is the last to change one and to end a subscription.
   */
  function writeLate(
    { userId }: Pick<Person, 'userId'>,
    username: string,
    others: () => Promise<void>,
  ): Promise<void> {
    const within = { deadline: Date.now() + 30_000, signal: AbortSignal.timeout(30_000) };
    const run = (transaction: Transaction, text: string, values: readonly unknown[]) =>
      transaction.query({ name: '', text }, values);
    return database.transaction(async (transaction) => {
      await run(transaction, ADD_ACCOUNT, [username]);
      await others();
      await run(transaction, 'delete from subscription where user_id = $1', [userId]);
      await run(transaction, `update user_account set roles = '{}' where id = $1`, [userId]);
    }, within);
  }

  it('are told once each, late commits too, and add up to the tables at every checkpoint', async () => {
    const [instance] = instances;
    if (instance === undefined) return expect.fail('no instance');
    const person = await signedIn(instance.users);
    const windows: TakenChanges[] = [];
    const naive = createNaiveReader(bed);
    const readWindow = async () => {
      const token = windows.at(-1)?.token ?? '';
      windows.push(await takeChanges(instance.changes, credential, token, 7));
      await naive.read();
    };
    let done = false;
    const reading = (async () => {
      while (!done) await readWindow();
      await readWindow();
    })();

    const late = writeLate(person, 'late', async () => {
      const request = { flightCode: 'LATE1', requestId: '' };
      await instance.users.subscribe(request, { token: person.token });
      await bed.sql(`update user_account set roles = '{staff}' where id = $1`, [person.userId]);
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
      await bed.sql(ADD_ACCOUNT, ['punctual']);
      const toldBefore = windows.length;
      await until(() => windows.length >= toldBefore + 2);
    });
    await late.finally(() => {
      done = true;
    });
    await reading;

    const all = toTaken(
      windows.flatMap(({ messages }, i) => messages.map(i < windows.length - 1 ? open : same)),
    );
    assertOnce(all.users.map(({ userId, changeTime }) => `${userId} ${changeTime?.toISOString()}`));
    assertOnce(
      all.subscriptions.map(({ subscriptionId, endTime }) => `${subscriptionId} ${endTime !== undefined}`),
    );
    assertOnce(all.flightUpdates.map(({ flightCode, sequence }) => `${flightCode} ${sequence}`));
    expect(all.flightUpdates).to.have.length(WRITERS * STEPS);
    expect(summary(applyChanges(all))).to.deep.equal(await stored(bed));

    // Each checkpoint counts what the windows up to it have told: not a change more, not one less.
    for (const [i, { checkpoint }] of windows.entries()) {
      const told = windows.slice(0, i + 1);
      const copy = applyChanges({
        users: told.flatMap(({ users }) => users),
        subscriptions: told.flatMap(({ subscriptions }) => subscriptions),
        flightUpdates: told.flatMap(({ flightUpdates }) => flightUpdates),
      });
      expect({ ...checkpoint, asOf: undefined }).to.deep.equal({
        asOf: undefined,
        users: copy.accounts.length,
        subscriptions: copy.subscriptions.length,
        flightUpdates: copy.updates.length,
      });
    }

    // The control: who goes by the time of creation never hears of what was committed late.
    expect(windows.length).to.be.above(4);
    expect(naive.seen).to.include('punctual').and.not.include('late');
    expect(await bed.sql(`select from user_account where username = 'late'`)).to.have.length(1);
  });

  it('say by their times which version of an account is the last, though numbers and commits differ in order', async () => {
    const [instance] = instances;
    if (instance === undefined) return expect.fail('no instance');
    const { userId } = await signedIn(instance.users);
    const { token } = await takeChanges(instance.changes, credential);
    await writeLate({ userId }, 'overtaken', async () => {
      await bed.sql(`update user_account set roles = '{staff}' where id = $1`, [userId]);
    });
    const window = await takeChanges(instance.changes, credential, token);
    const versions = window.users.filter((user) => user.userId === userId);
    expect(versions.map(({ roles }) => roles)).to.deep.equal([[], ['staff']]);
    expect(summary(applyChanges(window)).accounts).to.include(`${userId} `);
  });
});

const ADD_ACCOUNT = `
  insert into user_account (username, username_key, password, email, email_key, request_id, created_at)
  values ($1, $1, '$argon2id$none', $1, $1, $1, clock_timestamp())`;

/** Reads accounts that were made after the last one that it knows. */
function createNaiveReader(bed: UserBed) {
  const seen: string[] = [];
  let after = '-infinity';
  return {
    seen,
    async read() {
      const rows = await bed.sql<{ username: string; created: string }>(
        'select username, created_at::text as created from user_account where created_at > $1 order by created_at',
        [after],
      );
      seen.push(...rows.map(({ username }) => username));
      after = rows.at(-1)?.created ?? after;
    },
  };
}

function assertOnce(keys: readonly string[]): void {
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).to.deep.equal([]);
}

function summary({ accounts, subscriptions, updates }: ReturnType<typeof applyChanges>) {
  return {
    accounts: accounts.map(({ userId, roles }) => `${userId} ${roles}`),
    subscriptions: subscriptions.map(({ subscriptionId, userId, flightCode }) =>
      [subscriptionId, userId, flightCode].join(' '),
    ),
    updates,
  };
}

/** The tables that the histories are of, in the same form. */
async function stored(bed: UserBed): Promise<ReturnType<typeof summary>> {
  const [row] = await bed.sql<ReturnType<typeof summary>>(`select
    array(select id || ' ' || array_to_string(roles, ',') from user_account order by id) as accounts,
    array(select concat_ws(' ', id, user_id, flight_code) from subscription order by id) as subscriptions,
    array(select flight_code || ' ' || sequence from flight_update
          order by (flight_code || ' ' || sequence) collate "C") as updates`);
  return row ?? expect.fail('no row');
}

const same = (message: TakenChanges['messages'][number]) => message;
const open = (message: TakenChanges['messages'][number]) => ({ ...message, checkpoint: undefined });
