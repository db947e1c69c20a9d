import { toPlainCause } from '../plain-error.js';
import { askRedis } from '../servers/ask-redis.js';
import { type Finding, fail, ok } from './finding.js';

/** Redis, as one who knows its password sees it. */
export interface ObservedRedis {
  /** `redis`, or `redis_1` … of a cluster. */
  readonly id: string;
  readonly address: string;
  /** Why it does not answer PING; undefined when it does. */
  readonly ailment: string | undefined;
  /** `cluster_state` of CLUSTER INFO; undefined for a node that is none of a cluster. */
  readonly clusterState: string | undefined;
}

export async function observeRedis(id: string, address: string, password: string): Promise<ObservedRedis> {
  try {
    await askRedis(address, password, 'PING');
    const info = await askRedis(address, password, 'INFO cluster');
    if (!/^cluster_enabled:1/m.test(info))
      return { id, address, ailment: undefined, clusterState: undefined };
    const cluster = await askRedis(address, password, 'CLUSTER INFO');
    return {
      id,
      address,
      ailment: undefined,
      clusterState: /^cluster_state:(\w+)/m.exec(cluster)?.[1] ?? 'unknown',
    };
  } catch (error) {
    return { id, address, ailment: toPlainCause(error).message, clusterState: undefined };
  }
}

/** One finding for all that are well, one for each that is not. */
export function judgeRedis(nodes: readonly ObservedRedis[]): Finding[] {
  const troubles = nodes.flatMap((node) => findTrouble(node) ?? []);
  const [first, ...others] = nodes;
  if (first === undefined || troubles.length > 0) return troubles;
  if (others.length > 0) return [ok('redis', `${nodes.length} nodes answer PING, the cluster is whole`)];
  const cluster = first.clusterState === undefined ? '' : ', the cluster is whole';
  return [ok(first.id, `answers PING at ${first.address}${cluster}`)];
}

function findTrouble({ id, address, ailment, clusterState }: ObservedRedis): Finding | undefined {
  if (ailment !== undefined)
    return fail(id, `does not answer PING at ${address}`, {
      why: `${ailment}; search is slower, rate limits count per process, updates arrive seconds late`,
      remedy: `is it frozen (see processes)? else read .local/logs/${id}.log; it holds nothing that must be kept`,
    });
  if (clusterState === undefined || clusterState === 'ok') return undefined;
  return fail(id, `sees the cluster in the state "${clusterState}"`, {
    why: 'slots have no master, so that commands are refused',
    remedy: `redis-cli -p ${address.split(':')[1]} cluster nodes says which node is away; start it again`,
  });
}
