import type { Round } from './measurement.js';
import { percentile } from './measurement.js';
import { cpuByName, perRequestMicros, type Watched } from './watched-processes.js';

/** A call that is made over and over from this process. */
export interface CallLoad {
  readonly call: () => Promise<unknown>;
  /** Calls in flight at any moment. */
  readonly concurrency: number;
  readonly seconds: number;
  /** The callee; this process is counted as `client`. */
  readonly watched: readonly Watched[];
}

/** Makes calls, so many at a time, for so long. */
export async function loadCalls({ call, concurrency, seconds, watched }: CallLoad): Promise<Round> {
  const all = [...watched, { name: 'client', pid: process.pid }];
  const latencies: number[] = [];
  let unexpected = 0;
  const before = await cpuByName(all);
  const began = performance.now();
  const end = began + seconds * 1000;

  async function repeat(): Promise<void> {
    for (let now = performance.now(); now < end; ) {
      await call().catch(() => {
        unexpected++;
      });
      const answered = performance.now();
      latencies.push(answered - now);
      now = answered;
    }
  }

  await Promise.all(Array.from({ length: concurrency }, repeat));
  const elapsed = (performance.now() - began) / 1000;
  const after = await cpuByName(all);
  return {
    perSecond: latencies.length / elapsed,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    unexpected,
    cpuMicros: perRequestMicros(before, after, latencies.length),
  };
}
