import { setTimeout as pause } from 'node:timers/promises';
import type { DataDrill } from '../context.js';
import { loseRemoval } from '../lost-removal.js';
import { drillRedis } from '../redis-phases.js';
import { type RedisSystem, withRedisSystem } from '../redis-system.js';
import { openRestClient } from '../rest-client.js';

/** How long all of Redis is gone. */
const GONE_MS = 10_000;

/** One of three masters dies, at the worst moment. */
const redisMasterDrill: DataDrill = {
  name: 'redis-master',
  demand: 'Redis master kill -9: 0 5xx; ≤ 100 ms added at p99, recovered ≤ 6 s; slower, never wrong',
  run: (context) =>
    withRedisSystem((system) => drillRedis(system, { strike: () => strikeMaster(system) }, context)),
};

async function strikeMaster(system: RedisSystem) {
  const { edgeUrls, flights } = system;
  const [edgeUrl = ''] = edgeUrls;
  const flight = flights.at(-1);
  if (flight === undefined) throw new Error('there is no flight');
  const client = openRestClient(edgeUrl);
  const nodes = new Map(system.redisIds.map((id) => [id, system.openNode(id)]));
  try {
    const lost = await loseRemoval({ system, client, nodes, flight });
    const stale = await lost.countStale();
    const isBack = await lost.isBareKeyBack();
    await pause(Math.max(0, lost.killedAtMs + GONE_MS - performance.now()));
    await system.start(lost.killed);
    return {
      wellFromMs: lost.killedAtMs,
      figures: { 'stale after a lost removal': stale },
      control: { 'deleted keys that came back': Number(isBack) },
      bounds: [
        [stale === 0, 'no search shows a listing whose removal was lost with the master'],
        [isBack, 'a key that was deleted comes back with the replica'],
      ] as const,
    };
  } finally {
    for (const node of nodes.values()) node.disconnect();
    client.close();
  }
}

/** All six die at once, and come back with nothing. */
const redisGoneDrill: DataDrill = {
  name: 'redis-gone',
  demand: 'all of Redis gone for 10 s: 0 5xx; ≤ 100 ms added at p99, recovered ≤ 6 s; slower, never wrong',
  run: (context) =>
    withRedisSystem((system) => drillRedis(system, { strike: () => strikeAll(system) }, context)),
};

async function strikeAll({ redisIds, kill, start }: RedisSystem) {
  await Promise.all(redisIds.map(kill));
  await pause(GONE_MS);
  await Promise.all(redisIds.map(start));
  return { wellFromMs: performance.now(), figures: {}, control: {}, bounds: [] };
}

export const REDIS_DRILLS: readonly DataDrill[] = [redisMasterDrill, redisGoneDrill];
