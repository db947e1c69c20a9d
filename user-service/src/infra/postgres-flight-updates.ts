import type { Database, Statement } from '@flight/mesh';
import type { FlightPosition, FlightUpdate, FlightUpdates } from '../domain/flight-update.js';
import { toPrimaryRead, toWrite } from './query-options.js';

// One statement, so that all of it happens or nothing. The position's row lock is held until the commit: who publishes
// next waits for it and gets the next number. Of two repeats at the same moment, the second violates the request's key
// and takes no number.
const INSERT: Statement = {
  name: 'insert-flight-update',
  text: `with repeated as (
           select from flight_update_request where caller = $1 and request_id = $2
         ), position as (
           insert into flight_position as position (flight_code, latest_sequence, latest_at)
           select $3::text, 1, $5::timestamptz where not exists (select from repeated)
           on conflict (flight_code) do update
             set latest_sequence = position.latest_sequence + 1,
                 latest_at = greatest(position.latest_at, excluded.latest_at)
           returning latest_sequence, latest_at
         ), request as (
           insert into flight_update_request
             (caller, request_id, flight_code, sequence, update_sha256, created_at)
           select $1::text, $2::text, $3::text, latest_sequence, sha256(convert_to($4::text, 'UTF8')), latest_at
           from position
         )
         insert into flight_update (flight_code, sequence, update_text, created_at)
         select $3::text, latest_sequence, $4::text, latest_at from position
         returning sequence, created_at`,
};

const FIND_BY_REQUEST: Statement = {
  name: 'find-flight-update-by-request',
  text: `select sequence, created_at,
                flight_code = $3 and update_sha256 = sha256(convert_to($4, 'UTF8')) as same_arguments
         from flight_update_request
         where caller = $1 and request_id = $2`,
};

// One statement, so that rows and position are of the same moment, whatever is published or dropped meanwhile. No row:
// a flight without updates. One row without a number: none that is asked for.
const LIST: Statement = {
  name: 'list-flight-updates',
  text: `select flight_position.latest_sequence,
                (select min(sequence) from flight_update where flight_code = $1) as oldest_sequence,
                found.sequence, found.update_text, found.created_at
         from flight_position
         left join lateral (
           select sequence, update_text, created_at
           from flight_update
           where flight_code = $1 and sequence > $2
           order by sequence
           limit $3
         ) found on true
         where flight_position.flight_code = $1
         order by found.sequence`,
};

const POSITIONS: Statement = {
  name: 'list-flight-positions',
  text: `select flight_position.latest_sequence,
                (select min(sequence) from flight_update where flight_code = wanted.flight_code) as oldest_sequence
         from unnest($1::text[]) with ordinality as wanted (flight_code, place)
         left join flight_position on flight_position.flight_code = wanted.flight_code
         order by wanted.place`,
};

interface PositionRow {
  readonly latest_sequence: number | null;
  readonly oldest_sequence: number | null;
}

interface ListRow extends PositionRow {
  readonly sequence: number | null;
  readonly update_text: string | null;
  readonly created_at: Date | null;
}

/** Keeps flight updates in PostgreSQL. */
export function createPostgresFlightUpdates(database: Database): FlightUpdates {
  return {
    async insert({ publisher, requestId, flightCode, text, createdAt }, caller) {
      const values = [publisher, requestId, flightCode, text, createdAt];
      const inserting = database.query<{ sequence: number; created_at: Date }>(
        INSERT,
        values,
        toWrite(caller),
      );
      const [row] = await inserting.catch((error: unknown) => {
        if (isRepeat(error)) return [];
        throw error;
      });
      return row && { flightCode, sequence: row.sequence, text, createdAt: row.created_at };
    },

    async findByRequest({ publisher, requestId, flightCode, text }, caller) {
      const values = [publisher, requestId, flightCode, text];
      const [row] = await database.query<{
        sequence: number;
        created_at: Date;
        same_arguments: boolean;
      }>(FIND_BY_REQUEST, values, caller);
      if (!row) return undefined;
      const update = { flightCode, sequence: row.sequence, text, createdAt: row.created_at };
      return { update, sameArguments: row.same_arguments };
    },

    async list({ flightCode, after, limit, upToDate = false }, caller) {
      const options = upToDate ? toPrimaryRead(caller) : caller;
      const rows = await database.query<ListRow>(LIST, [flightCode, after, limit], options);
      return {
        updates: rows.flatMap((row) => toUpdates(flightCode, row)),
        position: toPosition(flightCode, rows[0]),
      };
    },

    async positions(flightCodes, caller) {
      const rows = await database.query<PositionRow>(POSITIONS, [flightCodes], caller);
      return flightCodes.map((flightCode, place) => toPosition(flightCode, rows[place]));
    },
  };
}

function toUpdates(flightCode: string, { sequence, update_text, created_at }: ListRow): FlightUpdate[] {
  if (sequence === null || update_text === null || created_at === null) return [];
  return [{ flightCode, sequence, text: update_text, createdAt: created_at }];
}

function toPosition(flightCode: string, row: PositionRow | undefined): FlightPosition {
  return {
    flightCode,
    latestSequence: row?.latest_sequence ?? 0,
    oldestSequence: row?.oldest_sequence ?? 0,
  };
}

function isRepeat(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'flight_update_request_pkey';
}
