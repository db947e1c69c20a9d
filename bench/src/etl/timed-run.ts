import { type EtlMode, type EtlRun, EtlRunState } from '@flight/proto/etl';
import pg from 'pg';
import { describeFailure, type EtlClient } from './etl-client.js';

const NOTICEABLE_S = 0.05;

/** A run that succeeded, from its asking to its end. */
export interface TimedRun {
  readonly run: EtlRun;
  readonly tookMs: number;
}

/** @throws Error saying why the run failed */
export async function timeRun(etl: EtlClient, mode: EtlMode): Promise<TimedRun> {
  const beganMs = performance.now();
  const run = await etl.run(mode);
  const tookMs = performance.now() - beganMs;
  if (run.state !== EtlRunState.SUCCEEDED) throw new Error(describeFailure(run));
  return { run, tookMs };
}

/**
 * Seconds of each step of each source that took noticeable time, `booking extract`; and of what the slower source's steps
 * don't account for, `rest`.
 */
export function toStepSeconds({ run, tookMs }: TimedRun): Readonly<Record<string, number>> {
  const steps = run.parts.flatMap(({ source, steps: each }) =>
    each.map(({ name, duration }) => {
      const seconds = (duration?.seconds ?? 0) + (duration?.nanos ?? 0) / 1e9;
      return [`${source.replace('-service', '')} ${name}`, seconds] as const;
    }),
  );
  const sums = run.parts.map(({ source }) => {
    const own = steps.filter(([name]) => name.startsWith(source.replace('-service', ' ')));
    return own.reduce((sum, [, seconds]) => sum + seconds, 0);
  });
  const rest = ['rest', tookMs / 1000 - Math.max(0, ...sums)] as const;
  return Object.fromEntries([...steps, rest].filter(([, seconds]) => seconds >= NOTICEABLE_S));
}

/** Has the server write down what it has in memory, so that the next measurement does not pay for it. */
export async function checkpoint(superusers: readonly pg.ClientConfig[]): Promise<void> {
  for (const superuser of superusers) {
    const client = new pg.Client(superuser);
    try {
      await client.connect();
      await client.query('checkpoint');
    } finally {
      await client.end();
    }
  }
}
