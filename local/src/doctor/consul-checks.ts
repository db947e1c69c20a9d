import { type CatalogEntry, readCatalog, readLeader } from '../observe/catalog.js';
import { toPlainCause } from '../plain-error.js';
import type { StackRecord } from '../stack/stack-record.js';
import { type Finding, fail, ok, type Trouble } from './finding.js';

/** Consul, and who should be in it. */
export interface ObservedConsul {
  readonly url: string;
  /** Empty when there is none. */
  readonly leader: string | Error;
  readonly catalog: readonly CatalogEntry[] | Error;
  /** Those that register themselves, or that the agent registers: instances and databases. */
  readonly expected: readonly {
    readonly id: string;
    readonly service: string;
    readonly isRunning: boolean;
  }[];
}

export async function observeConsul(
  { consulUrl, instances, databases }: Pick<StackRecord, 'consulUrl' | 'instances' | 'databases'>,
  isRunning: (id: string) => boolean,
): Promise<ObservedConsul> {
  const registering = instances.filter(({ httpUrl }) => httpUrl === undefined);
  const expected = [
    ...registering.map(({ id, service }) => ({ id, service, isRunning: isRunning(id) })),
    ...databases.flatMap((database) => listEntries(database, isRunning)),
  ];
  const services = [...new Set(expected.map(({ service }) => service))];
  const [leader, catalog] = await Promise.all([
    readLeader(consulUrl).catch(toPlainCause),
    readCatalog(consulUrl, services),
  ]);
  return { url: consulUrl, leader, catalog, expected };
}

/** Of one server the agent's own entry; of a cluster what each Patroni registers, and Patroni itself. */
function listEntries(
  { service, servers, restUrls }: StackRecord['databases'][number],
  isRunning: (id: string) => boolean,
): ObservedConsul['expected'] {
  if (restUrls.length === 0)
    return servers.map((id) => ({ id: `${service}-1`, service, isRunning: isRunning(id) }));
  return servers.flatMap((id) => [
    { id: `${service}/${id}`, service, isRunning: isRunning(id) },
    { id, service: 'patroni', isRunning: isRunning(id) },
  ]);
}

export function judgeConsul(consul: ObservedConsul): Finding[] {
  const { url, leader, catalog } = consul;
  const agent = judgeAgent(url, leader);
  if (catalog instanceof Error)
    return leader instanceof Error
      ? [agent]
      : [agent, fail('consul', 'does not list services', toAgentTrouble(catalog))];
  const troubles = judgeCatalog(consul, catalog);
  const well = consul.expected.length - new Set(troubles.map(({ part }) => part)).size;
  return well > 0
    ? [agent, ok('catalog', `${well} registered and passing`), ...troubles]
    : [agent, ...troubles];
}

function judgeAgent(url: string, leader: string | Error): Finding {
  if (leader instanceof Error) return fail('consul', `does not answer at ${url}`, toAgentTrouble(leader));
  if (leader !== '') return ok('consul', `answers at ${url}, the leader is ${leader}`);
  return fail('consul', 'has no leader', {
    why: 'an election is going on, or most of the servers are away; callers keep the instances they know',
    remedy: 'wait ten seconds, then read .local/logs/consul.log',
  });
}

function toAgentTrouble(error: Error): Trouble {
  return {
    why: `${error.message}; callers keep the instances they know, but hear of no change`,
    remedy:
      'is it frozen (see processes)? else read .local/logs/consul.log; nothing needs a restart when it is back',
  };
}

function judgeCatalog({ url, expected }: ObservedConsul, catalog: readonly CatalogEntry[]): Finding[] {
  const registered = new Map(catalog.map((entry) => [entry.id, entry]));
  const missing = expected.filter(({ id, isRunning }) => isRunning && !registered.has(id));
  const ids = new Map(expected.map((one) => [one.id, one]));
  return [
    ...missing.map(({ id }) =>
      fail(id, 'runs, but Consul does not know it', {
        why: 'the agent forgot it, somebody deregistered it, or it could not register; nobody calls it',
        remedy: 'it registers again within five seconds; if it does not, read its log or make roll',
      }),
    ),
    ...catalog.flatMap((entry) => judgeEntry(entry, ids.get(entry.id)?.isRunning ?? false, url) ?? []),
  ];
}

function judgeEntry(
  { id, address, complaints }: CatalogEntry,
  isRunning: boolean,
  url: string,
): Finding | undefined {
  if (!isRunning)
    return fail(id, `is in Consul at ${address}, but no process of the stack is behind it`, {
      why:
        complaints.length === 0
          ? 'its check still passes, so it gets calls'
          : `it left without saying so; ${complaints.join('; ')}`,
      remedy: `Consul drops it after a minute of failing checks; at once: curl -X PUT ${url}/v1/agent/service/deregister/${id}`,
    });
  if (complaints.length === 0) return undefined;
  return fail(id, 'is not passing in Consul, so nobody calls it', {
    why: complaints.join('; '),
    remedy: 'see what it lacks (its own line here, /readyz on its admin port), then its log',
  });
}
