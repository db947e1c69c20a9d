import { until } from '@flight/local';
import { Fault } from '@flight/mesh';
import type { FlightUpdate } from '@flight/proto/user';
import type { UpdateClient } from './user-bed.js';

/** A watcher that takes everything as it comes. */
export interface Watching {
  /** What was announced. */
  readonly updates: readonly FlightUpdate[];
  /** How many messages came without an update; the first says that the watch has begun. */
  readonly empty: () => number;
  /** Why the stream ended. */
  readonly ended: Promise<Fault | undefined>;
  stop(): void;
}

/** Watches an instance; resolves once the watch has begun. */
export async function watching(updates: UpdateClient, credential: string): Promise<Watching> {
  const stopping = new AbortController();
  const taken: FlightUpdate[] = [];
  let empty = 0;
  let fault: Fault | undefined;

  async function take(): Promise<void> {
    const options = { credential, signal: stopping.signal };
    for await (const { flightUpdate } of updates.watchFlightUpdates({}, options)) {
      if (flightUpdate) taken.push(flightUpdate);
      else empty += 1;
    }
  }

  const ended = take().then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      fault = error;
      return error;
    },
  );
  await until(() => empty > 0 || fault !== undefined);
  return { updates: taken, empty: () => empty, ended, stop: () => stopping.abort() };
}
