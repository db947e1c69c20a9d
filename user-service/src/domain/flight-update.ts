import type { Caller } from './caller.js';

/** A piece of news about a flight. A flight's updates are numbered from 1 up, without gaps, as they were stored. */
export interface FlightUpdate {
  readonly flightCode: string;
  readonly sequence: number;
  readonly text: string;
  readonly createdAt: Date;
}

/** How far a flight's updates have come. 0 where there is none. */
export interface FlightPosition {
  readonly flightCode: string;
  readonly latestSequence: number;
  /** The oldest that is still kept. */
  readonly oldestSequence: number;
}

/** An update to be stored, and the request that it comes with. */
export interface NewFlightUpdate {
  readonly flightCode: string;
  readonly text: string;
  /** Who publishes: request ids are told apart by it. */
  readonly publisher: string;
  readonly requestId: string;
  readonly createdAt: Date;
}

/** What an earlier request stored, and whether it was the same request. */
export interface EarlierUpdate {
  readonly update: FlightUpdate;
  readonly sameArguments: boolean;
}

/** Some of a flight's updates and its position, as they were at one moment. */
export interface FlightHistory {
  readonly updates: readonly FlightUpdate[];
  readonly position: FlightPosition;
}

/** Which of a flight's updates are asked for. */
export interface HistoryWish {
  readonly flightCode: string;
  /** Only those with higher numbers. */
  readonly after: number;
  /** How many at most, those with the lowest numbers. */
  readonly limit: number;
  /** Rather none than without those stored last, which may be missing while the database fails over. */
  readonly upToDate?: boolean;
}

/** Where updates are kept. */
export interface FlightUpdates {
  /**
   * Stores an update under the flight's next number, or answers undefined when this request has stored one before.
   * It is durable then, and so is every update of the flight with a lower number.
   */
  insert(update: NewFlightUpdate, caller: Caller): Promise<FlightUpdate | undefined>;
  /** Finds what the request of this publisher with this id stored. */
  findByRequest(update: NewFlightUpdate, caller: Caller): Promise<EarlierUpdate | undefined>;
  /** Lists updates by number. */
  list(wish: HistoryWish, caller: Caller): Promise<FlightHistory>;
  /** Answers one position for each code, in the same order. */
  positions(flightCodes: readonly string[], caller: Caller): Promise<readonly FlightPosition[]>;
}
