/** A request that was made, and what became of it. */
export interface Sample {
  /** Milliseconds on this process's clock. */
  readonly sentAtMs: number;
  readonly tookMs: number;
  /** What went wrong; undefined when nothing did. */
  readonly failure: string | undefined;
}

/** Makes one request. Resolves with what went wrong, if anything; the number says which request it is. */
export type Ask = (number: number) => Promise<string | undefined>;

/** Load that goes on until it is stopped. */
export interface Load {
  /** What has been answered so far. */
  readonly samples: readonly Sample[];
  /** Sends no more, waits for what is under way, and answers all samples. */
  stop(): Promise<readonly Sample[]>;
}

const TICK_MS = 10;
/** As many more requests are not sent at once, however far behind the plan this process is. */
const BURST_MAX = 50;

/**
 * Sends requests at a steady rate whether earlier ones were answered or not, as users do: load that waits for answers
 * eases off exactly when the system is in trouble.
 */
export function startLoad(perSecond: number, ask: Ask): Load {
  const samples: Sample[] = [];
  const underWay = new Set<Promise<void>>();
  const began = performance.now();
  let sent = 0;

  async function send(number: number): Promise<void> {
    const sentAtMs = performance.now();
    const failure = await ask(number).catch(describeError);
    samples.push({ sentAtMs, tookMs: performance.now() - sentAtMs, failure });
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) * perSecond) / 1000);
    for (let burst = 0; sent < due && burst < BURST_MAX; burst++) {
      const sending = send(sent++).finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
  }, TICK_MS);

  return {
    samples,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return samples;
    },
  };
}

/** Makes so many requests, some at a time, as fast as they are answered. */
export async function askTimes(
  count: number,
  concurrency: number,
  ask: Ask,
): Promise<readonly (string | undefined)[]> {
  const failures: (string | undefined)[] = [];
  let next = 0;
  async function repeat(): Promise<void> {
    while (next < count) failures.push(await ask(next++).catch(describeError));
  }
  await Promise.all(Array.from({ length: concurrency }, repeat));
  return failures;
}

/** The error in words, with its cause: fetch says only that it failed. */
function describeError(error: unknown): string {
  if (!(error instanceof Error) || error.cause === undefined) return String(error);
  return `${String(error)} (${String(error.cause)})`;
}

/** How many of each failure there were, most frequent first, for the report. */
export function describeFailures(samples: readonly Pick<Sample, 'failure'>[]): string {
  const counts = new Map<string, number>();
  for (const { failure } of samples)
    if (failure !== undefined) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return sorted.map(([failure, count]) => `${count} × ${failure}`).join('; ') || 'no failures';
}

/** How many of the samples failed. */
export function countFailed(samples: readonly Pick<Sample, 'failure'>[]): number {
  return samples.filter(({ failure }) => failure !== undefined).length;
}
