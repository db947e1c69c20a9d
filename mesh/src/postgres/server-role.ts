/** What is known of a database server. */
export type ServerRole =
  /** Not asked yet. */
  | { readonly kind: 'unknown' }
  /** It did not answer when it was asked last. */
  | { readonly kind: 'away' }
  | Primary
  /** It follows a primary, or would if it could reach one. */
  | { readonly kind: 'replica'; readonly following: boolean; readonly lagSeconds: number };

/** It takes writes. */
export interface Primary {
  readonly kind: 'primary';
  /** Counts promotions: of two that say they are primary, the one on the higher timeline is. */
  readonly timeline: number;
  /** Whether it can acknowledge a commit: not while it is to wait for standbys and has none. */
  readonly acknowledges: boolean;
  /** The names of the replicas on which everything that it has acknowledged can be read. */
  readonly synchronous: readonly string[];
}

/**
 * Where a read goes first: to the `primary`, or to a `replica` that shows everything acknowledged, which spares the
 * primary. Either way others are asked when the first does not answer. MongoDB's primaryPreferred and secondaryPreferred.
 */
export type ReadPreference = 'primaryPreferred' | 'replicaPreferred';

/** A server as reads and writes are sent to it. */
export interface Candidate {
  /** What it calls itself to its primary: with Patroni, the last part of its id in Consul (`user-db/user_db_2`). */
  readonly name: string;
  readonly role: ServerRole;
  /** Whether it failed or kept silent a moment ago. */
  readonly suspect: boolean;
  /** Statements that it carries out or that wait for it. */
  readonly load: number;
}

/** The server that writes go to: the primary, when it can acknowledge them. */
export function findPrimary<C extends Candidate>(servers: readonly C[]): C | undefined {
  const found = findWithRole(servers);
  return found?.role.acknowledges ? found.server : undefined;
}

/** A server that may answer a read, and when it may be asked. */
export interface Turn<C extends Candidate> {
  readonly server: C;
  /** Whether it shows everything acknowledged. One that may be behind is a last resort. */
  readonly current: boolean;
}

/**
 * The servers that may answer a read, best first: the primary and the replicas that show everything acknowledged, as
 * the read prefers them, the less busy of two replicas first, whoever is suspect after those who are not. Then replicas
 * that may be behind: a primary that is lost takes a moment to be known as lost.
 */
export function listForRead<C extends Candidate>(
  servers: readonly C[],
  preference: ReadPreference,
): Turn<C>[] {
  const primary = findWithRole(servers);
  const replicas = servers
    .filter(({ role }) => role.kind === 'replica')
    .sort((one, other) => one.load - other.load);
  const isCurrent = ({ name, role }: C) =>
    isFollowing(role) && (primary?.role.synchronous.includes(name) ?? false);
  const synchronous = replicas.filter(isCurrent);
  const behind = replicas.filter((replica) => !isCurrent(replica));
  const writer = primary === undefined ? [] : [primary.server];
  const current =
    preference === 'primaryPreferred' ? [...writer, ...synchronous] : [...synchronous, ...writer];
  return [
    ...trustedFirst(current).map((server) => ({ server, current: true })),
    ...trustedFirst(behind).map((server) => ({ server, current: false })),
  ];
}

/** One that has lost its primary may be dropped from those that commits wait for before we hear of it. */
function isFollowing(role: ServerRole): boolean {
  return role.kind === 'replica' && role.following;
}

function findWithRole<C extends Candidate>(
  servers: readonly C[],
): { readonly server: C; readonly role: Primary } | undefined {
  const primaries = servers.flatMap((server) =>
    server.role.kind === 'primary' ? [{ server, role: server.role }] : [],
  );
  return primaries.sort((one, other) => other.role.timeline - one.role.timeline)[0];
}

function trustedFirst<C extends Candidate>(servers: readonly C[]): C[] {
  return [...servers.filter(({ suspect }) => !suspect), ...servers.filter(({ suspect }) => suspect)];
}

/**
 * The names in a `synchronous_standby_names`, such as `2 (user_db_2,"user_db_3")`: with a number in front all that are
 * listed count as synchronous only if it is as high as there are names.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-replication.html
 */
export function parseStandbyNames(setting: string): readonly string[] {
  const [, method, count, listed] = /^(?:(first|any)?\s*(\d+)\s*\((.*)\))?$/i.exec(setting.trim()) ?? [];
  const names = (listed ?? setting)
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '' && name !== '*');
  // `FIRST 1` is what a list without a number means.
  const waitedFor = Number(count ?? 1);
  if (waitedFor >= names.length) return names;
  return method?.toLowerCase() === 'any' ? [] : names.slice(0, waitedFor);
}
