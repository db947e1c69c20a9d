import { until } from '@flight/local';
import { type Bound, type Figures, type Outcome, toOutcome } from '../drill.js';
import { countFailed, describeFailures } from '../load.js';
import type { ComposeContext } from './context.js';
import { converse, startEverydayLoad } from './everyday-load.js';

/** What everyday use noticed of something that was done to the containers. */
export interface Noticed {
  readonly failed: number;
  readonly lost: number;
  readonly bookingGapMs: number;
}

/** Before anything is done, and after it is over. */
const CALM_SAMPLES = 200;
const PATIENCE_MS = 120_000;

/**
 * Does something to the containers while the system is used, and goes on for a while; then a conversation over WebSocket must work.
 *
 * @param bounds of what was noticed
 */
export async function drillUnderLoad(
  { engine, user, report }: ComposeContext,
  act: () => Promise<Figures>,
  bounds: (noticed: Noticed) => readonly Bound[],
): Promise<Outcome> {
  const load = startEverydayLoad(engine.edgeUrl, user);
  const more = (count: number) => {
    const goal = load.samples.length + count;
    return until(`${count} more requests`, () => load.samples.length >= goal, PATIENCE_MS);
  };
  try {
    await more(CALM_SAMPLES);
    const figures = await act();
    await more(CALM_SAMPLES);
    const bookingGapMs = load.findBookingGapMs();
    const samples = await load.stop();
    const lost = await load.countLost();
    const failed = countFailed(samples);
    if (failed > 0) report(describeFailures(samples));
    await converse(engine.edgeUrl, user.token);
    const longest = Math.max(...samples.map(({ tookMs }) => tookMs));
    const measured = {
      'gap ms': Math.round(bookingGapMs),
      acknowledged: load.booked.length,
      lost,
      requests: samples.length,
      failed,
      'longest ms': Math.round(longest),
      ...figures,
    };
    const noticed = { failed, lost, bookingGapMs };
    const kept: readonly Bound[] = [[lost === 0, 'no booking lost'], ...bounds(noticed)];
    return toOutcome(measured, 'drill-mesh and drill-data have one for each fault', kept);
  } finally {
    await load.stop();
    load.close();
  }
}
