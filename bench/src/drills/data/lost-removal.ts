import { until } from '@flight/local';
import type { Redis } from 'ioredis';
import { searchStatus, toSearch } from './redis-load.js';
import type { DrilledFlight, RedisSystem } from './redis-system.js';
import type { RestClient } from './rest-client.js';

/** A change that a master heard of and its replica did not, when the master died. */
export interface LostRemoval {
  /** When the master was killed, in milliseconds on this process's clock. */
  readonly killedAtMs: number;
  /** The node that was killed. */
  readonly killed: string;
  /** Once the replica has taken over: how many of some searches show what was before the change. */
  countStale(): Promise<number>;
  /** The control, a bare key that was deleted beside the listing: whether the replica has it again. */
  isBareKeyBack(): Promise<boolean>;
}

/** What it takes to lose a removal. */
export interface LoseRemovalOptions {
  readonly system: RedisSystem;
  /** Of one edge. */
  readonly client: RestClient;
  /** Connections to all nodes of Redis, by id. */
  readonly nodes: ReadonlyMap<string, Redis>;
  readonly flight: DrilledFlight;
}

const STATUS_AFTER = 'Delayed';
const LOOKS = 30;
const REPLICA_MS = 1000;

/**
 * Kills the master that has a flight's listing a moment after the listing was removed there, and keeps the removal from its
 * replica: replication is asynchronous, and this is what that means.
 */
export async function loseRemoval({
  system,
  client,
  nodes,
  flight,
}: LoseRemovalOptions): Promise<LostRemoval> {
  const { bench } = system;
  await client.ask(toSearch(flight));
  const { id: killed, node: master, listing } = await findListing(nodes, flight);
  const bareKey = listing.replace(/^.*(\{.+\}).*$/, 'bare:$1');
  await master.set(bareKey, 'before');
  if ((await master.wait(1, REPLICA_MS)) < 1) throw new Error(`${killed} has no replica`);
  const [heir, heirNode] = await findReplica(nodes, master);

  bench.stack.kill(heir, 'SIGSTOP');
  await master.call('CLIENT', 'KILL', 'TYPE', 'replica');
  const change = await client.ask({
    method: 'PATCH',
    path: `/api/flight/flights/${flight.flightCode}`,
    token: bench.token,
    body: { status: STATUS_AFTER },
  });
  await master.del(bareKey);
  const killedAtMs = performance.now();
  await system.kill(killed);
  bench.stack.kill(heir, 'SIGCONT');
  if (change.status !== 200) throw new Error(`the change was answered ${change.status}`);

  const takenOver = () =>
    until(`${heir} to take over`, async () => {
      const role = await heirNode.role().catch(() => []);
      return role[0] === 'master';
    });
  return {
    killedAtMs,
    killed,
    async countStale() {
      await takenOver();
      let stale = 0;
      for (let look = 0; look < LOOKS; look += 1)
        if ((await searchStatus(client, flight)) !== STATUS_AFTER) stale += 1;
      return stale;
    },
    async isBareKeyBack() {
      await takenOver();
      return (await heirNode.get(bareKey)) === 'before';
    },
  };
}

/** The master that has the listing, wherever its name places it. */
async function findListing(nodes: ReadonlyMap<string, Redis>, { flightCode }: DrilledFlight) {
  for (const [id, node] of nodes) {
    const [role] = await node.role();
    if (role !== 'master') continue;
    for (const key of await node.keys('booking:route:*:listing'))
      if ((await node.hget(key, 'listing'))?.includes(`"${flightCode}"`)) return { id, node, listing: key };
  }
  throw new Error(`no listing has ${flightCode}`);
}

async function findReplica(
  nodes: ReadonlyMap<string, Redis>,
  master: Redis,
): Promise<readonly [string, Redis]> {
  const [, port] = /^slave0:ip=[^,]*,port=(\d+)/m.exec(await master.info('replication')) ?? [];
  const found = [...nodes].find(([, { options }]) => String(options.port) === port);
  if (found === undefined) throw new Error('the master has no replica');
  return found;
}
