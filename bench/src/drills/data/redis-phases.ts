import { setTimeout as pause } from 'node:timers/promises';
import { type Closing, createClosing } from '@flight/local';
import { percentile } from '../../measurement.js';
import { type Bound, type Figures, type Outcome, toOutcome } from '../drill.js';
import { countFailed, describeFailures, type Sample } from '../load.js';
import { startBareReads } from './bare-redis.js';
import { watchCache } from './cache-watch.js';
import type { DataContext } from './context.js';
import { startRedisLoad } from './redis-load.js';
import type { RedisSystem } from './redis-system.js';
import { openRooms } from './rooms.js';
import { startStatusChanges } from './status-changes.js';

/** A fault, and what is to be seen of it besides what is seen of every fault. */
export interface RedisFault {
  /**
   * Carries it out and waits as long as it lasts. Answers from when on all must be as before within six seconds, and what
   * only this fault shows.
   */
  strike(): Promise<{
    readonly wellFromMs: number;
    readonly figures: Figures;
    readonly control: Figures;
    readonly bounds: readonly Bound[];
  }>;
}

/** Their flights are changed all the time; the fault may have the others. */
const CHANGED_FLIGHTS = 24;
const BEFORE_MS = 16_000;
const AFTER_MS = 8000;
const ADDED_MAX_MS = 100;
const RECOVERY_MAX_MS = 6000;
/** From being late for a moment, which is what a quarter of a second between two looks can tell. */
const LOOK_MS = 250;

/** Everything that users do goes on before, while and after Redis is struck. */
export async function drillRedis(
  system: RedisSystem,
  fault: RedisFault,
  context: DataContext,
): Promise<Outcome> {
  const closing = createClosing();
  try {
    return await watchFault(system, fault, context, closing);
  } finally {
    await closing.close();
  }
}

async function watchFault(
  system: RedisSystem,
  fault: RedisFault,
  { report }: DataContext,
  closing: Closing,
): Promise<Outcome> {
  const { stack } = system.bench;
  const rooms = await openRooms(system);
  closing.add(rooms.close);
  const bare = await startBareReads(stack);
  closing.add(bare.stop);
  const load = startRedisLoad(system);
  closing.add(async () => void (await load.stop()));
  const changes = startStatusChanges(system, system.flights.slice(0, CHANGED_FLIGHTS));
  closing.add(changes.stop);
  const watch = watchCache(stack);
  closing.add(watch.stop);
  await pause(BEFORE_MS);
  const struckAtMs = performance.now();
  const { wellFromMs, figures, control, bounds } = await fault.strike();
  await pause(Math.max(0, wellFromMs + AFTER_MS - performance.now()));
  await bare.stop();
  const kinds = await load.stop();
  await watch.stop();
  await changes.stop();
  const room = await rooms.finish();

  const all = [...kinds.values()].flat();
  report(describeFailures(all));
  if (changes.failures.length > 0) report(`changes: ${[...new Set(changes.failures)].join('; ')}`);
  const added = [...kinds].map(
    ([kind, samples]) => [`p99 +ms ${kind}`, countAdded(samples, struckAtMs)] as const,
  );
  const recoveredMs = Math.max(0, (watch.troubledUntilMs ?? 0) - wellFromMs);
  const bareAdded = countAdded(bare.load.samples, struckAtMs);
  const failed = countFailed(all) + changes.failures.length;
  return toOutcome(
    {
      requests: all.length + changes.made,
      failed,
      ...Object.fromEntries(added),
      'recovered ms': recoveredMs,
      'looks after a change': changes.looks,
      stale: changes.stale,
      'longest change ms': changes.longestMs,
      'updates sent': room.sent,
      'updates lost': room.worst.lost,
      twice: room.worst.twice,
      'out of order': room.worst.outOfOrder,
      'longest update ms': room.longestMs,
      ...figures,
    },
    { 'ioredis as it comes: p99 +ms': bareAdded, ...control },
    [
      [failed === 0, 'no request fails'],
      ...added.map(
        ([kind, ms]): Bound => [
          ms <= ADDED_MAX_MS,
          `${kind}: at most ${ADDED_MAX_MS} ms more at the 99th percentile`,
        ],
      ),
      [watch.troubledUntilMs !== undefined, 'the fault reaches the services'],
      [recoveredMs <= RECOVERY_MAX_MS + LOOK_MS, 'all as before within 6 s'],
      [changes.stale === 0, 'no search shows an older status than the last change'],
      [room.worst.lost + room.worst.twice + room.worst.outOfOrder === 0, 'every update once and in order'],
      [room.acknowledged > 0, 'updates are acknowledged'],
      [bareAdded > ADDED_MAX_MS, 'without time limits and with queues, reads are late'],
      ...bounds,
    ],
  );
}

/** How much longer the slowest hundredth took from a moment on than before, in milliseconds. */
function countAdded(samples: readonly Sample[], sinceMs: number): number {
  const p99 = (of: readonly Sample[]) =>
    percentile(
      of.map(({ tookMs }) => tookMs),
      0.99,
    );
  const before = samples.filter(({ sentAtMs }) => sentAtMs < sinceMs);
  const after = samples.filter(({ sentAtMs }) => sentAtMs >= sinceMs);
  return Math.max(0, p99(after) - p99(before));
}
