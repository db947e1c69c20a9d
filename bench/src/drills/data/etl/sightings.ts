import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { openReconnecting } from './reconnecting.js';

/** What is followed from its commit into the warehouse. */
export type Kind = 'booking' | 'account' | 'subscription';

/** A row that was committed, and when analysts could see it, both in milliseconds on this process's clock. */
export interface Sighting {
  readonly kind: Kind;
  /** Just before the commit, or the request that made it, was sent: the row can't be older. */
  readonly sentAtMs: number;
  /** When the look that saw it was answered: it may have been there a little earlier. */
  readonly seenAtMs: number;
}

/** Watches rows appear in the warehouse. */
export interface Sightings {
  /** A row was acknowledged at its source. */
  expect(kind: Kind, id: number, sentAtMs: number): void;
  readonly seen: readonly Sighting[];
  /** How many are not there yet. */
  readonly waiting: number;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 40;
const IDS_AT_ONCE = 2000;

const LOOKS: Readonly<Record<Kind, string>> = {
  booking: 'select booking_id::float8 as id from warehouse.fact_booking where booking_id = any($1::bigint[])',
  account: `
    select i.user_id::float8 as id
      from warehouse.user_identity i join warehouse.dim_user u using (user_key)
     where u.known and i.user_id = any($1::bigint[])`,
  subscription: `
    select subscription_id::float8 as id from warehouse.fact_subscription
     where subscription_id = any($1::bigint[])`,
};
const KINDS = Object.keys(LOOKS) as Kind[];

/** Looks again and again until it is stopped. */
export function watchWarehouse(warehouse: pg.ClientConfig): Sightings {
  const waiting = new Map(KINDS.map((kind) => [kind, new Map<number, number>()]));
  const seen: Sighting[] = [];
  const connection = openReconnecting(async () => warehouse);
  let running = true;

  async function look(kind: Kind): Promise<void> {
    const expected = waiting.get(kind);
    if (expected === undefined || expected.size === 0) return;
    const ids = [...expected.keys()].slice(0, IDS_AT_ONCE);
    const found = await connection.attempt((client) => client.query<{ id: number }>(LOOKS[kind], [ids]));
    const seenAtMs = performance.now();
    for (const { id } of found?.rows ?? []) {
      const sentAtMs = expected.get(id);
      if (sentAtMs === undefined) continue;
      expected.delete(id);
      seen.push({ kind, sentAtMs, seenAtMs });
    }
  }

  async function watch(): Promise<void> {
    while (running) {
      for (const kind of KINDS) await look(kind);
      await pause(LOOK_EVERY_MS);
    }
  }

  const watching = watch();
  return {
    expect: (kind, id, sentAtMs) => void waiting.get(kind)?.set(id, sentAtMs),
    seen,
    get waiting() {
      return [...waiting.values()].reduce((sum, { size }) => sum + size, 0);
    },
    async stop() {
      running = false;
      await watching;
      await connection.close();
    },
  };
}
