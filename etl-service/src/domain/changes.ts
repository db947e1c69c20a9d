/** A version of a flight. */
export interface FlightVersion {
  readonly versionId: number;
  readonly flightCode: string;
  readonly airline: string;
  /** Wall clock at the city of departure, `YYYY-MM-DD HH:MM`. */
  readonly departure: string;
  readonly arrival: string;
  readonly fromCity: string;
  readonly toCity: string;
  readonly price: number;
  /** As people read it: `On Time`, `Gate Closed` … */
  readonly status: string;
  readonly seatsTotal: number;
  readonly changedAt: Date;
}

/** A booking as it was after one of its changes. */
export interface BookingState {
  readonly bookingId: number;
  readonly userId: number;
  readonly flightCode: string;
  readonly paymentMethod: string;
  /** What was paid. */
  readonly price: number;
  readonly bookedAt: Date;
  /** Undefined while the booking is confirmed. */
  readonly canceledAt: Date | undefined;
}

export interface UserState {
  readonly userId: number;
  readonly staff: boolean;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly removed: boolean;
}

export interface SubscriptionState {
  readonly subscriptionId: number;
  readonly userId: number;
  readonly flightCode: string;
  readonly subscribedAt: Date;
  /** Undefined while the subscription lasts. */
  readonly endedAt: Date | undefined;
}

export interface PublishedUpdate {
  readonly flightCode: string;
  readonly sequence: number;
  readonly publishedAt: Date;
}

/** Changes of any kind, each kind in the order in which they happened. */
export interface Changes {
  readonly flights: readonly FlightVersion[];
  readonly bookings: readonly BookingState[];
  readonly users: readonly UserState[];
  readonly subscriptions: readonly SubscriptionState[];
  readonly flightUpdates: readonly PublishedUpdate[];
}

/** What a source counted at one moment, by the names that the runs show: `bookings`, `booked_amount` … */
export interface Checkpoint {
  readonly asOf: Date;
  readonly counts: Readonly<Record<string, number>>;
}

/** A message of a change feed. */
export interface ChangeBatch {
  readonly changes: Changes;
  /** Where to go on after it. */
  readonly token: string;
  /** Present when the window is complete. */
  readonly checkpoint: Checkpoint | undefined;
}

/** The change feed of a source. */
export interface ChangeFeed {
  /**
   * Streams what was changed after a token, up to the feed's first checkpoint.
   *
   * @param token empty for everything
   * @param failuresMax failures in a row that are borne, each of which costs a longer pause
   * @throws Fault CHANGE_TOKEN_LOST when the source has been restored since
   */
  read(token: string, failuresMax: number, signal: AbortSignal): AsyncIterable<ChangeBatch>;
}
