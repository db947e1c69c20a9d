import { toPlainCause } from '../plain-error.js';
import { listMembers, type PatroniMember } from '../servers/patroni-rest.js';
import { type Finding, fail, ok, warn } from './finding.js';

/** A Patroni cluster, as its own nodes describe it. */
export interface ObservedPatroni {
  /** The database's name in Consul, which is the cluster's. */
  readonly service: string;
  /** The ids of the nodes that there should be. */
  readonly servers: readonly string[];
  readonly members: readonly PatroniMember[] | Error;
}

/** Bytes of write-ahead log that a standby may be behind for a moment: one segment. */
const LARGEST_LAG = 16 * 1024 ** 2;

export async function observePatroni(
  service: string,
  servers: readonly string[],
  restUrls: readonly string[],
): Promise<ObservedPatroni> {
  return { service, servers, members: await listMembers(restUrls).catch(toPlainCause) };
}

/** The id of the node that leads, as far as the nodes know. */
export function findLeader({ members }: ObservedPatroni): string | undefined {
  return members instanceof Error ? undefined : members.find(({ role }) => role === 'leader')?.name;
}

export function judgePatroni(cluster: ObservedPatroni): Finding[] {
  const { service, members } = cluster;
  if (members instanceof Error)
    return [
      fail(service, 'none of its Patroni nodes answers', {
        why: `${members.message}; nothing can be said of who leads and who stands by`,
        remedy: `see processes; then read .local/logs/${toLog(cluster.servers)}`,
      }),
    ];
  const leader = members.find(({ role }) => role === 'leader');
  const troubles = cluster.servers.flatMap((id) => judgeNode(id, cluster, members) ?? []);
  if (!leader) return [toNoLeader(cluster), ...troubles];
  const standbys = members.filter(({ role }) => role === 'sync_standby').map(({ name }) => name);
  return [
    ok(
      service,
      `${leader.name} leads; every write is acknowledged by ${standbys.join(' and ') || 'it alone'}`,
    ),
    ...troubles,
  ];
}

function toNoLeader({ service, servers }: ObservedPatroni): Finding {
  return fail(service, 'has no leader', {
    why: 'a failover is going on, or no node has all acknowledged writes; writes are answered 503, reads go to the standbys',
    remedy: `wait 15 seconds; then is Consul well? else read .local/logs/${toLog(servers)}`,
  });
}

function judgeNode(
  id: string,
  { service }: ObservedPatroni,
  members: readonly PatroniMember[],
): Finding | undefined {
  const member = members.find(({ name }) => name === id);
  const remedy = `it mends itself within a minute; else read .local/logs/${id}.log`;
  if (!member)
    return fail(id, `is not in the cluster ${service}`, {
      why: 'its Patroni is down, frozen or cut off from Consul; writes wait for the other standby alone',
      remedy: `see processes; ${remedy}`,
    });
  if (member.role === 'leader') return undefined;
  if (member.role === 'replica' || !RUNNING.has(member.state))
    return warn(id, `is "${member.state}" and acknowledges no writes yet`, {
      why: 'it starts, catches up or is copied anew; until then one more loss costs more',
      remedy,
    });
  if (member.lag !== undefined && member.lag <= LARGEST_LAG) return undefined;
  return warn(id, `is ${toMegabytes(member.lag)} behind`, {
    why: 'it applies more slowly than the leader writes, and every write waits for it',
    remedy: `is something long running on it? ${remedy}`,
  });
}

const RUNNING: ReadonlySet<string> = new Set(['running', 'streaming']);

function toMegabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'an unknown amount' : `${Math.round(bytes / 1024 ** 2)} MB`;
}

function toLog(servers: readonly string[]): string {
  return `${servers[0] ?? '*'}.log and its neighbours`;
}
