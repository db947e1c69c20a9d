import { type Client, Code } from '@connectrpc/connect';
import type { FlightUpdate } from '../gen/flight/user/v1/flight_update_pb.js';
import type { FlightUpdateService } from '../gen/flight/user/v1/flight_update_service_pb.js';
import { isReset } from './failure.js';
import { FlightError } from './flight-error.js';
import type { Instances } from './instances.js';
import { untilLeft } from './leaving.js';
import { backOffMs, pause } from './pause.js';

/** Where to begin, and when to stop. */
export interface FollowOptions {
  /** Begin with the update after this number; 0n begins with the oldest that is kept. Absent: from now on. */
  readonly after?: bigint;
  readonly signal?: AbortSignal;
  /** Called once, when the service follows: what is published from then on will come. */
  readonly onBegan?: () => void;
}

const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 5000;

/**
 * A flight's updates in order, each once, until the caller leaves the loop or aborts, or the client is closed. When the instance
 * goes away that tells them, or has too many followers, it goes on at another one after the last update that came, for as long as
 * it takes.
 *
 * @throws FlightError when the service refuses: the token expired, the code is malformed; CANCELED when the caller aborts or the
 * client is closed
 */
export async function* followFlight(
  updates: Client<typeof FlightUpdateService>,
  instances: Instances,
  flightCode: string,
  { after, signal: given, onBegan }: FollowOptions,
): AsyncGenerator<FlightUpdate, void> {
  const { signal, release } = untilLeft(instances, given);
  const following: Following = { after, onBegan };
  try {
    for (let failures = 1; ; failures += 1) {
      let askedToWaitMs = 0;
      try {
        for await (const update of oneStream(updates, flightCode, following, signal)) {
          failures = 0;
          yield update;
        }
      } catch (error) {
        if (!isPassing(error)) throw error;
        askedToWaitMs = error.retryAfterMs ?? 0;
      }
      await pause(Math.max(askedToWaitMs, backOffMs(failures, BACKOFF_FIRST_MS, BACKOFF_MAX_MS)), signal);
    }
  } finally {
    release();
  }
}

/** How far following has come. */
interface Following {
  /** The number of the last update that came, or where following began; undefined until the service has said where that is. */
  after: bigint | undefined;
  /** Undefined when it was called. */
  onBegan: (() => void) | undefined;
}

/** What one instance tells, until it goes away. */
async function* oneStream(
  updates: Client<typeof FlightUpdateService>,
  flightCode: string,
  following: Following,
  signal: AbortSignal,
): AsyncGenerator<FlightUpdate, void> {
  const { after } = following;
  const request = after === undefined ? { flightCode } : { flightCode, afterSequence: after };
  for await (const { position, flightUpdate } of updates.followFlightUpdates(request, { signal })) {
    if (position) {
      following.after ??= position.latestSequence;
      if (position.latestSequence < following.after) {
        // The service has lost updates since it gave that number, as when a backup was restored: those that come are lower.
        following.after = position.latestSequence;
        return;
      }
    }
    const { onBegan } = following;
    following.onBegan = undefined;
    onBegan?.();
    if (flightUpdate === undefined || flightUpdate.sequence <= (following.after ?? 0n)) continue;
    following.after = flightUpdate.sequence;
    yield flightUpdate;
  }
}

/** Whether another instance, or the same one later, may go on. */
function isPassing(error: unknown): error is FlightError {
  if (!(error instanceof FlightError)) return false;
  const { code, reason, cause } = error;
  return (
    code === Code.Unavailable || code === Code.ResourceExhausted || (reason === undefined && isReset(cause))
  );
}
