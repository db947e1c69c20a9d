import { waitUntil } from '../wait-until.js';
import type { PatroniPasswords, PreparedPatroniNode } from './patroni-node.js';
import { isPrimary, listMembers, type PatroniMember, requestSwitchover } from './patroni-rest.js';
import { connectAsSuperuser } from './postgres-server.js';

export interface PatroniViewParts {
  readonly scope: string;
  /** Whether its standbys are to acknowledge each write. */
  readonly synchronous: boolean;
  readonly passwords: PatroniPasswords;
  readonly nodes: readonly PreparedPatroniNode[];
}

/** A cluster as it answers through its REST APIs, whoever started its nodes. */
export interface PatroniView {
  /** The node that holds the leader's lock and takes writes now, or undefined. */
  findPrimary(): Promise<PreparedPatroniNode | undefined>;
  /** @throws Error when there is no primary */
  getPrimary(): Promise<PreparedPatroniNode>;
  /** As the cluster itself sees its nodes. @throws Error when no node answers */
  members(): Promise<readonly PatroniMember[]>;
  /** Resolves when one node leads and the others stand by as they should. @throws PlainError saying what is missing */
  untilHealthy(timeoutMs?: number, signal?: AbortSignal): Promise<void>;
  /** Resolves when another node (or this one) leads. @throws Error with Patroni's words when it refuses */
  switchover(to?: string): Promise<PreparedPatroniNode>;
}

const HEALTHY_TIMEOUT_MS = 60_000;
const RUNNING: ReadonlySet<string> = new Set(['running', 'streaming']);

export function toPatroniView({ scope, synchronous, passwords, nodes }: PatroniViewParts): PatroniView {
  const restUrls = nodes.map(({ restUrl }) => restUrl);
  const members = () => listMembers(restUrls);
  const findPrimary = async () => {
    const claims = await Promise.all(nodes.map(takesWrites));
    return nodes.find((_, index) => claims[index]);
  };
  const getPrimary = async () => {
    const found = await findPrimary();
    if (!found) throw new Error(`${scope} has no primary`);
    return found;
  };
  const findObstacle = async () => {
    const found = await members();
    const leader = found.find(({ role }) => role === 'leader');
    if (!leader) return 'nobody leads';
    const lame = found.find((member) => !isWell(member, leader, synchronous));
    if (lame) return `${lame.name} is a ${lame.role} and "${lame.state}" on timeline ${lame.timeline ?? '?'}`;
    if (found.length < nodes.length) return `only ${found.length} of ${nodes.length} are there`;
    return (await findPrimary())?.id === leader.name ? undefined : `${leader.name} does not take writes yet`;
  };
  return {
    findPrimary,
    getPrimary,
    members,
    untilHealthy: (timeoutMs = HEALTHY_TIMEOUT_MS, signal) =>
      waitUntil(findObstacle, { what: `the cluster ${scope}`, timeoutMs, signal }),
    switchover: async (to) => {
      const leader = await getPrimary();
      const names = { leader: leader.id, ...(to !== undefined && { candidate: to }) };
      await requestSwitchover(leader.restUrl, passwords.rest, names);
      const findDelay = async () => {
        const now = await findPrimary();
        return now === undefined || now.id === leader.id ? 'nobody else leads yet' : undefined;
      };
      await waitUntil(findDelay, {
        what: `the switchover of ${scope}`,
        timeoutMs: HEALTHY_TIMEOUT_MS,
      });
      return getPrimary();
    },
  };
}

/** Patroni's word alone is not enough: for a moment it says so of a PostgreSQL that it has just restarted as a standby. */
async function takesWrites({ restUrl, facts }: PreparedPatroniNode): Promise<boolean> {
  if (!(await isPrimary(restUrl))) return false;
  try {
    const client = await connectAsSuperuser(facts, 'postgres');
    try {
      const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
      return rows[0]?.standby === false;
    } finally {
      await client.end();
    }
  } catch {
    // Who can't be asked takes no writes.
    return false;
  }
}

function isWell(member: PatroniMember, leader: PatroniMember, synchronous: boolean): boolean {
  const isInPlace = member === leader || member.role === (synchronous ? 'sync_standby' : 'replica');
  return isInPlace && RUNNING.has(member.state) && member.timeline === leader.timeline;
}
