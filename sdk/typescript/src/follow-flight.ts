import { type Client, Code } from '@connectrpc/connect';
import type { FlightUpdate } from '../gen/flight/user/v1/flight_update_pb.js';
import type { FlightUpdateService } from '../gen/flight/user/v1/flight_update_service_pb.js';
import { FlightError } from './flight-error.js';
import { backOffMs, pause } from './pause.js';

/** Where to begin, and when to stop. */
export interface FollowOptions {
  /** Begin with the update after this number; 0n begins with the oldest that is kept. Absent: from now on. */
  readonly after?: bigint;
  readonly signal?: AbortSignal;
}

const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5000;

/**
 * A flight's updates in order, each once, until the caller leaves the loop or aborts. When the instance goes away that tells
 * them, it goes on at another one after the last update that came, for as long as it takes.
 *
 * @throws FlightError when the service refuses: the token expired, the code is malformed
 */
export async function* followFlight(
  updates: Client<typeof FlightUpdateService>,
  flightCode: string,
  { after, signal }: FollowOptions,
): AsyncGenerator<FlightUpdate, void> {
  const following: Following = { after };
  for (let failures = 1; ; failures += 1) {
    let askedToWaitMs = 0;
    try {
      for await (const update of oneStream(updates, flightCode, following, signal)) {
        failures = 0;
        yield update;
      }
    } catch (error) {
      if (signal?.aborted || !isPassing(error)) throw error;
      askedToWaitMs = error.retryAfterMs ?? 0;
    }
    await pause(Math.max(askedToWaitMs, backOffMs(failures, BACKOFF_FIRST_MS, BACKOFF_MAX_MS)), signal);
  }
}

/** How far following has come. */
interface Following {
  /** The number of the last update that came, or where following began; undefined until the service has said where that is. */
  after: bigint | undefined;
}

/** What one instance tells, until it goes away. */
async function* oneStream(
  updates: Client<typeof FlightUpdateService>,
  flightCode: string,
  following: Following,
  signal: AbortSignal | undefined,
): AsyncGenerator<FlightUpdate, void> {
  const left = new AbortController();
  const either = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const { after } = following;
  const request = after === undefined ? { flightCode } : { flightCode, afterSequence: after };
  try {
    for await (const { position, flightUpdate } of updates.followFlightUpdates(request, { signal: either })) {
      if (position) {
        following.after ??= position.latestSequence;
        if (position.latestSequence < following.after) {
          // The service has lost updates since it gave that number, as when a backup was restored: those that come are lower.
          following.after = position.latestSequence;
          return;
        }
      }
      if (flightUpdate === undefined || flightUpdate.sequence <= (following.after ?? 0n)) continue;
      following.after = flightUpdate.sequence;
      yield flightUpdate;
    }
  } finally {
    left.abort();
  }
}

/** Whether another instance, or the same one later, may go on. */
function isPassing(error: unknown): error is FlightError {
  return (
    error instanceof FlightError && (error.code === Code.Unavailable || error.retryAfterMs !== undefined)
  );
}
