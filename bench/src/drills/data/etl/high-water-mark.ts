import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { openReconnecting, type Reconnecting } from './reconnecting.js';

/** The control: a copy that is kept up to date by asking for what is newer than the newest that it has. */
export interface HighWaterMark {
  /** How many rows it has read. */
  readonly read: number;
  /** Reads once more when all is quiet, and answers how many rows it has not, or as they no longer are. */
  stop(): Promise<number>;
  /** Reads no more. */
  close(): Promise<void>;
}

const POLL_MS = 1000;

interface Table {
  readonly find: () => Promise<pg.ClientConfig>;
  /** Answers id, row and at of rows newer than $1. */
  readonly text: string;
}

interface Row {
  readonly id: number;
  readonly row: string;
  readonly at: Date;
}

/** Reads both sources every second. It is spared what it could not see anyway: rows that were removed. */
export function startHighWaterMark(findBookings: Table['find'], findUsers: Table['find']): HighWaterMark {
  const tables: readonly Table[] = [
    {
      find: findBookings,
      text: `select id::float8 as id, status as row, greatest(created_at, canceled_at) as at from booking
              where greatest(created_at, canceled_at) > $1`,
    },
    {
      find: findBookings,
      text: `select id::float8 as id, status as row, updated_at as at from flight where updated_at > $1`,
    },
    {
      find: findUsers,
      text: `select id::float8 as id, '' as row, created_at as at from user_account where created_at > $1`,
    },
    {
      find: findUsers,
      text: `select id::float8 as id, flight_code as row, created_at as at from subscription where created_at > $1`,
    },
  ];
  const copies = tables.map((table) => ({
    ...table,
    connection: openReconnecting(table.find),
    rows: new Map<number, string>(),
    mark: new Date(0),
  }));
  let running = true;
  let read = 0;

  async function poll(): Promise<void> {
    for (const copy of copies) {
      const rows = (await ask(copy.connection, copy.text, copy.mark)) ?? [];
      for (const { id, row, at } of rows) {
        copy.rows.set(id, row);
        if (at > copy.mark) copy.mark = at;
      }
      read += rows.length;
    }
  }

  async function keepPolling(): Promise<void> {
    while (running) {
      await poll();
      await pause(POLL_MS);
    }
  }

  const polling = keepPolling();
  return {
    get read() {
      return read;
    },
    async stop() {
      running = false;
      await polling;
      await poll();
      let missed = 0;
      for (const { connection, text, rows } of copies) {
        const all = await ask(connection, text, new Date(0));
        if (all === undefined) throw new Error('the control could not read its source');
        missed += all.filter(({ id, row }) => rows.get(id) !== row).length;
      }
      return missed;
    },
    async close() {
      running = false;
      await polling;
      await Promise.all(copies.map(({ connection }) => connection.close()));
    },
  };
}

async function ask(connection: Reconnecting, text: string, after: Date): Promise<readonly Row[] | undefined> {
  const answer = await connection.attempt((client) => client.query<Row>(text, [after]));
  return answer?.rows;
}
