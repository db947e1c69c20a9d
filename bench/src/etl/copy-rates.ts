import { rm } from 'node:fs/promises';
import pg from 'pg';
import type { Round } from '../measurement.js';

/** PostgreSQL's own loading of the same rows, into a table like the one that they come from and into one without any key. */
export interface CopySides {
  /** How many rows that are. */
  readonly rows: number;
  /** Keys and indexes like those of fact_booking. */
  keyed(): Promise<Round>;
  heap(): Promise<Round>;
  /** Removes the file and the tables. */
  close(): Promise<void>;
}

/**
 * Writes the rows of fact_booking into a file of the server's, for COPY to read.
 *
 * @param superuser a way to the warehouse of somebody who may read and write the server's files
 */
export async function openCopySides(superuser: pg.ClientConfig): Promise<CopySides> {
  const client = new pg.Client(superuser);
  await client.connect();
  const { rows } = await client.query<{ folder: string }>(
    `select current_setting('data_directory') as folder`,
  );
  const file = `${rows[0]?.folder}/bench_fact_booking.copy`;
  await client.query('create schema bench');
  const { rowCount } = await client.query(`copy warehouse.fact_booking to ${client.escapeLiteral(file)}`);

  const copyInto = async (likeWhat: string): Promise<Round> => {
    await client.query(`create table bench.fact_booking (like warehouse.fact_booking ${likeWhat})`);
    // Nobody's earlier writes are written down at this one's expense.
    await client.query('checkpoint');
    const beganMs = performance.now();
    await client.query(`copy bench.fact_booking from ${client.escapeLiteral(file)}`);
    const round = toRound(rowCount ?? 0, performance.now() - beganMs);
    await client.query('drop table bench.fact_booking');
    return round;
  };
  return {
    rows: rowCount ?? 0,
    keyed: () => copyInto('including all'),
    heap: () => copyInto(''),
    async close() {
      await client.query('drop schema bench cascade');
      await client.end();
      await rm(file, { force: true });
    },
  };
}

/** A round that was one long request: so many rows in so much time. */
export function toRound(rows: number, tookMs: number, unexpected = 0): Round {
  return { perSecond: (rows * 1000) / tookMs, p50Ms: tookMs, p99Ms: Number.NaN, unexpected, cpuMicros: {} };
}
