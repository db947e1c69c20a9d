import { until } from '@flight/local';
import { type CallOptions, Fault } from '@flight/mesh';
import type { FlightPosition, FlightUpdate } from '@flight/proto/user';
import type { UpdateClient } from './user-bed.js';

/** A follower of one flight that takes everything as it comes. */
export interface Following {
  /** Where the flight was when the stream began. */
  readonly position: FlightPosition | undefined;
  readonly updates: readonly FlightUpdate[];
  readonly sequences: () => readonly number[];
  /** How many messages came with neither. */
  readonly silences: () => number;
  /** Why the stream ended. */
  readonly ended: Promise<Fault | undefined>;
  stop(): void;
}

/** Follows a flight at an instance; resolves once it has begun or was refused. */
export async function following(
  updates: UpdateClient,
  request: { readonly flightCode: string; readonly afterSequence?: number },
  caller: Pick<CallOptions, 'token' | 'credential'>,
): Promise<Following> {
  const stopping = new AbortController();
  const taken: FlightUpdate[] = [];
  let position: FlightPosition | undefined;
  let messages = 0;
  let silences = 0;
  let fault: Fault | undefined;

  async function take(): Promise<void> {
    const wish = { afterSequence: undefined, ...request };
    for await (const message of updates.followFlightUpdates(wish, { ...caller, signal: stopping.signal })) {
      if (messages === 0) position = message.position;
      else if (message.position) throw new Error('a position came later than first');
      else if (message.flightUpdate === undefined) silences += 1;
      if (message.flightUpdate) taken.push(message.flightUpdate);
      messages += 1;
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
  await until(() => messages > 0 || fault !== undefined);
  return {
    get position() {
      return position;
    },
    updates: taken,
    sequences: () => taken.map(({ sequence }) => sequence),
    silences: () => silences,
    ended,
    stop: () => stopping.abort(),
  };
}
