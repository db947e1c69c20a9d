import { Client, type ClientConfig } from 'pg';
import { parseStandbyNames, type ServerRole } from './server-role.js';

/** Asks one server, over a connection of its own, what it is. */
export interface Probe {
  /** Undefined when the server failed or said nothing for a second. Never rejects. */
  ask(): Promise<ServerRole | undefined>;
  close(): void;
}

/** How long a server may take to connect and to answer, in milliseconds. */
const TIMEOUT_MS = 1000;

/**
 * The timeline is the first eight digits of the current WAL file's name. A standby shows everything acknowledged only if
 * commits wait until it has applied them. A replica that has applied all it received is not behind, however long ago
 * that was; one without a receiver hears nothing, so nobody knows how far behind it is.
 */
const ROLE = `
  select pg_is_in_recovery() as replica,
         case when pg_is_in_recovery() then null
              else left(pg_walfile_name(pg_current_wal_lsn()), 8) end as timeline,
         case when current_setting('synchronous_commit') = 'remote_apply'
              then current_setting('synchronous_standby_names') else '' end as standbys,
         current_setting('synchronous_standby_names') = '' or exists (select from pg_stat_replication) as acknowledges,
         exists (select from pg_stat_wal_receiver) as following,
         case when not pg_is_in_recovery() or pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
              else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end::float8 as lag_seconds`;

interface RoleRow {
  readonly replica: boolean;
  readonly timeline: string | null;
  readonly standbys: string;
  readonly acknowledges: boolean;
  readonly following: boolean;
  readonly lag_seconds: number | null;
}

/**
 * Makes a probe; it connects when it is first asked, and anew after a failure.
 *
 * @param onBroken called when the connection breaks between two questions: what the server was, it may be no more
 */
export function createProbe(connection: ClientConfig, onBroken: () => void): Probe {
  let client: Client | undefined;

  async function connect(): Promise<Client> {
    const fresh = new Client({ ...connection, keepAlive: true });
    client = fresh;
    // What broke it is heard by the question it broke, or does not matter: the next one connects anew.
    fresh.on('error', () => {
      if (client !== fresh) return;
      drop(fresh);
      onBroken();
    });
    await fresh.connect();
    return fresh;
  }

  async function askOnce(): Promise<ServerRole> {
    const { rows } = await (client ?? (await connect())).query<RoleRow>(ROLE);
    return toRole(rows[0]);
  }

  function drop(dropped: Client | undefined): void {
    if (client === dropped) client = undefined;
    // Politely if it takes that; a frozen server never answers, and nobody waits for it.
    dropped?.end().catch(() => undefined);
  }

  return {
    async ask() {
      try {
        return await inTime(askOnce(), TIMEOUT_MS);
      } catch {
        // Why is said by the statements that fail for the same reason.
        drop(client);
        return undefined;
      }
    },
    close: () => drop(client),
  };
}

function toRole(row: RoleRow | undefined): ServerRole {
  if (row === undefined) throw new Error('the server answered without a row');
  const { replica, timeline, standbys, acknowledges, following, lag_seconds } = row;
  if (replica) return { kind: 'replica', following, lagSeconds: lag_seconds ?? 0 };
  return {
    kind: 'primary',
    timeline: Number.parseInt(timeline ?? '0', 16),
    acknowledges,
    synchronous: parseStandbyNames(standbys),
  };
}

/** Once the time is over, what has arrived meanwhile is still read: a process that was held up itself blames nobody. */
function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => setImmediate(() => reject(new Error('no answer in time'))), ms);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
