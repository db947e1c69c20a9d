import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestDatabase } from '@flight/local';
import { expect } from 'chai';
import { takeChanges } from './support/taken-changes.js';
import { openUserBed, type UserBed } from './support/user-bed.js';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);
const HISTORY = '005.do.change-history.sql';

describe('the history of a database that is older than its history', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let earlier: string;

  before(async () => {
    bed = await openUserBed();
    earlier = await mkdtemp(join(tmpdir(), 'migrations-'));
    for (const file of await readdir(MIGRATIONS))
      if (file < HISTORY) await cp(new URL(file, MIGRATIONS), join(earlier, file));
  });
  after(async () => {
    await rm(earlier, { recursive: true });
    await bed.close();
  });

  async function openEarlier(): Promise<TestDatabase> {
    const database = await bed.createDatabase();
    const opened = await bed.openDatabase(database, pathToFileURL(`${earlier}/`));
    await opened.close();
    return database;
  }

  it('begins with what is there, and with the updates that were dropped', async () => {
    const database = await openEarlier();
    await bed.sql(OLD_ROWS, [], database);
    const instance = await bed.start({ database });
    const { users, subscriptions, flightUpdates, checkpoint } = await takeChanges(
      instance.changes,
      await bed.credential('etl-service'),
    );
    const [one, two, four] = [1, 2, 4].map((day) => new Date(`2026-01-0${day}T00:00:00Z`));
    const made = { createTime: one, changeTime: one, removed: false };
    expect(users).to.deep.equal([
      { userId: 1, roles: [], ...made },
      { userId: 2, roles: ['staff'], ...made },
    ]);
    expect(subscriptions).to.deep.equal([
      { subscriptionId: 1, userId: 2, flightCode: 'FL001', createTime: one, endTime: undefined },
    ]);
    const told = flightUpdates.map(({ flightCode, sequence, createTime }) => [
      flightCode,
      sequence,
      createTime,
    ]);
    expect(told).to.deep.equal([
      ['FL001', 1, two],
      ['FL001', 2, two],
      ['FL001', 3, four],
      ['FL002', 1, one],
      ['FL002', 2, one],
    ]);
    expect(checkpoint).to.include({ users: 2, subscriptions: 1, flightUpdates: 5 });
  });
});

/** Of the first flight's updates one was dropped, of the second one's all. */
const OLD_ROWS = `
  with accounts as (
    insert into user_account (username, username_key, password, email, email_key, roles, request_id, created_at)
    select name, name, '$argon2id$none', name, name, roles::text[], name, '2026-01-01Z'
    from (values ('one', '{}'), ('two', '{staff}')) account (name, roles)
  ), positions as (
    insert into flight_position (flight_code, latest_sequence, latest_at)
    values ('FL001', 3, '2026-01-04Z'), ('FL002', 2, '2026-01-01Z')
  ), updates as (
    insert into flight_update (flight_code, sequence, update_text, created_at)
    values ('FL001', 2, 'b', '2026-01-02Z'), ('FL001', 3, 'c', '2026-01-04Z')
  )
  insert into subscription (user_id, flight_code, created_at) values (2, 'FL001', '2026-01-01Z')`;
