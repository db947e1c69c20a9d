import { until } from '@flight/local';
import { toOutcome } from '../drill.js';
import { countFailed, describeFailures, type Load } from '../load.js';
import { type Named, pollNaively } from './naive-resolver.js';

/** How old an answer of Consul's the control goes by, in milliseconds: a short TTL for a name. */
const TTL_MS = 5000;
const NAIVE_PICK_EVERY_MS = 50;

/** When an instance that went was last chosen, in milliseconds after it went. */
export interface LastPicks {
  readonly mesh: number;
  readonly naive: number;
  readonly failed: number;
  readonly calls: number;
}

/**
 * Takes an instance away under load and sees how long calls still go to it, beside a client that polls.
 *
 * @param leave takes it away; resolves when that is done
 * @param lastArrivalMs when the last call arrived at it, on this process's clock
 */
export async function watchLastPicks(given: {
  readonly consulUrl: string;
  readonly service: string;
  readonly id: string;
  readonly load: Load;
  readonly leave: () => Promise<void> | void;
  readonly lastArrivalMs: () => number;
  readonly report: (line: string) => void;
}): Promise<LastPicks> {
  const { consulUrl, service, id, load, report } = given;
  await until('calls to it', () => given.lastArrivalMs() > 0);
  const polling = await pollNaively(consulUrl, service, TTL_MS);
  await given.leave();
  const leftAtMs = performance.now();
  let naive = 0;
  const choose = () => {
    if (isOf(id, polling.pick())) naive = performance.now() - leftAtMs;
  };
  const timer = setInterval(choose, NAIVE_PICK_EVERY_MS);
  try {
    await until('two TTLs', () => performance.now() - leftAtMs > 2 * TTL_MS, 4 * TTL_MS);
  } finally {
    clearInterval(timer);
  }
  const samples = await load.stop();
  report(`${id} went under ${samples.length} calls: ${describeFailures(samples)}`);
  const mesh = Math.max(0, Math.round(given.lastArrivalMs() - leftAtMs));
  return { mesh, naive: Math.round(naive), failed: countFailed(samples), calls: samples.length };
}

/** @param soonMs how long calls may go on to go there: the mesh keeps it, who polls does not */
export function toLastPicksOutcome({ mesh, naive, failed, calls }: LastPicks, soonMs: number) {
  return toOutcome(
    { 'last pick after ms': mesh, failed, calls },
    { 'polling each 5 s, last pick after ms': naive },
    [
      [mesh <= soonMs, `no pick later than ${soonMs} ms`],
      [failed === 0, 'no call fails'],
      [naive > soonMs, 'who polls picks it later than that'],
    ],
  );
}

function isOf(id: string, named: Named | undefined): boolean {
  return named?.id === id;
}
