import { toPlainCause } from '../plain-error.js';
import { askRedis } from '../servers/ask-redis.js';
import { type Finding, fail, ok } from './finding.js';

/** Redis, as one who knows its password sees it. */
export interface ObservedRedis {
  readonly address: string;
  /** Why it does not answer PING; undefined when it does. */
  readonly ailment: string | undefined;
  /** `cluster_state` of CLUSTER INFO; undefined for a node that is none of a cluster. */
  readonly clusterState: string | undefined;
}

export async function observeRedis(address: string, password: string): Promise<ObservedRedis> {
  try {
    await askRedis(address, password, 'PING');
    const info = await askRedis(address, password, 'INFO cluster');
    if (!/^cluster_enabled:1/m.test(info)) return { address, ailment: undefined, clusterState: undefined };
    const cluster = await askRedis(address, password, 'CLUSTER INFO');
    return {
      address,
      ailment: undefined,
      clusterState: /^cluster_state:(\w+)/m.exec(cluster)?.[1] ?? 'unknown',
    };
  } catch (error) {
    return { address, ailment: toPlainCause(error).message, clusterState: undefined };
  }
}

export function judgeRedis({ address, ailment, clusterState }: ObservedRedis): Finding[] {
  if (ailment !== undefined)
    return [
      fail('redis', `does not answer PING at ${address}`, {
        why: `${ailment}; search is slower, rate limits count per process, updates arrive seconds late`,
        remedy:
          'is it frozen (see processes)? else read .local/logs/redis.log; it holds nothing that must be kept',
      }),
    ];
  if (clusterState === undefined) return [ok('redis', `answers PING at ${address}`)];
  if (clusterState === 'ok') return [ok('redis', `answers PING at ${address}, the cluster is whole`)];
  return [
    fail('redis', `the cluster is in the state "${clusterState}"`, {
      why: 'slots have no master, so that commands are refused',
      remedy: `redis-cli -p ${address.split(':')[1]} cluster nodes says which node is away; start it again`,
    }),
  ];
}
