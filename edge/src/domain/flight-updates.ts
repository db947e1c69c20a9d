import type { Call } from './call.js';

/** A piece of news about a flight. */
export interface FlightUpdate {
  readonly flightCode: string;
  /** Counts the flight's updates from 1 up without gaps. */
  readonly sequence: number;
  readonly update: string;
  /** When it was stored, in milliseconds since the epoch. */
  readonly createdAt: number;
}

/** How far a flight's updates have come. */
export interface FlightPosition {
  readonly flightCode: string;
  /** Number of the newest update; 0 when there was none yet. */
  readonly latest: number;
  /** Number of the oldest update that is still kept; 0 when none is. */
  readonly oldest: number;
}

/** A part of a flight's history, in order, and how far the whole of it has come. */
export interface History {
  readonly updates: readonly FlightUpdate[];
  readonly position: FlightPosition;
}

/** Stored updates, as the edge needs them for itself. Every method rejects with a Fault. */
export interface UpdateStore {
  /** Lists some of a flight's updates with higher numbers than `after`. */
  list(flightCode: string, after: number, signal: AbortSignal): Promise<History>;
  /** Answers how far flights have come, whatever their number. */
  positions(flightCodes: readonly string[], signal: AbortSignal): Promise<readonly FlightPosition[]>;
  /**
   * Hears the updates of all flights as they are announced, until the stream breaks. They may come twice, late, out of
   * order, or not at all. Undefined says that the stream is alive; the first one that it has begun.
   */
  watch(signal: AbortSignal): AsyncIterable<FlightUpdate | undefined>;
}

/** Publishing on behalf of users. */
export interface UpdatePublisher {
  /**
   * Publishes an update; it is stored for good when this resolves. Rejects with a Fault.
   *
   * @param mutationId names this publication among the user's, so that it can be repeated safely
   */
  publish(
    news: { readonly flightCode: string; readonly update: string },
    mutationId: string,
    call: Call,
  ): Promise<FlightUpdate>;
}
