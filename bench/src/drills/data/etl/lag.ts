import { percentile } from '../../../measurement.js';
import type { Figures } from '../../drill.js';
import type { Sighting } from './sightings.js';

/** From when until when a source took no writes, on this process's clock. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Lags in milliseconds, of those rows that an outage had no part in, and of the others. */
export interface Lags {
  readonly usual: readonly number[];
  readonly disturbed: readonly number[];
}

/**
 * Tells rows apart: those of the source that was away whose way into the warehouse overlaps the time from the strike to
 * its first acknowledged write afterwards are disturbed; all others are not, those just after it included.
 */
export function toLags(sightings: readonly Sighting[], outage: Outage | undefined): Lags {
  const isDisturbed = ({ kind, sentAtMs, seenAtMs }: Sighting) =>
    outage !== undefined && kind === 'booking' && sentAtMs <= outage.toMs && seenAtMs >= outage.fromMs;
  const toLag = ({ sentAtMs, seenAtMs }: Sighting) => seenAtMs - sentAtMs;
  return {
    usual: sightings.filter((one) => !isDisturbed(one)).map(toLag),
    disturbed: sightings.filter(isDisturbed).map(toLag),
  };
}

export function toLagFigures(lags: readonly number[]): Figures {
  return {
    rows: lags.length,
    'lag p50 ms': Math.round(percentile(lags, 0.5)),
    'lag p99 ms': Math.round(percentile(lags, 0.99)),
    'lag max ms': Math.round(Math.max(...lags, 0)),
  };
}
