import type {
  BookingState,
  Changes,
  Checkpoint,
  FlightVersion,
  PublishedUpdate,
  SubscriptionState,
  UserState,
} from '../../../src/domain/changes.js';

/** Changes of the kinds that are named, and none of the others. */
export function changes(some: Partial<Changes>): Changes {
  return { flights: [], bookings: [], users: [], subscriptions: [], flightUpdates: [], ...some };
}

export function checkpoint(counts: Record<string, number> = {}, asOf = at('2026-03-01')): Checkpoint {
  return { asOf, counts };
}

/** A moment, UTC. */
export function at(text: string): Date {
  return new Date(text.includes('T') ? `${text}Z` : `${text}T12:00:00Z`);
}

export function flight(versionId: number, some: Partial<FlightVersion> = {}): FlightVersion {
  return {
    versionId,
    flightCode: 'FL001',
    airline: 'Skyways',
    departure: '2026-05-01 08:00',
    arrival: '2026-05-01 10:30',
    fromCity: 'Oslo',
    toCity: 'Rome',
    price: 100,
    status: 'On Time',
    seatsTotal: 10,
    changedAt: at('2026-01-01'),
    ...some,
  };
}

export function booking(bookingId: number, some: Partial<BookingState> = {}): BookingState {
  return {
    bookingId,
    userId: 1,
    flightCode: 'FL001',
    paymentMethod: 'credit_card',
    price: 100,
    bookedAt: at('2026-02-01'),
    canceledAt: undefined,
    ...some,
  };
}

export function user(userId: number, some: Partial<UserState> = {}): UserState {
  return {
    userId,
    staff: false,
    createdAt: at('2026-01-01'),
    changedAt: at('2026-01-01'),
    removed: false,
    ...some,
  };
}

export function subscription(
  subscriptionId: number,
  some: Partial<SubscriptionState> = {},
): SubscriptionState {
  return {
    subscriptionId,
    userId: 1,
    flightCode: 'FL001',
    subscribedAt: at('2026-02-01'),
    endedAt: undefined,
    ...some,
  };
}

export function update(sequence: number, some: Partial<PublishedUpdate> = {}): PublishedUpdate {
  return { flightCode: 'FL001', sequence, publishedAt: at('2026-02-01'), ...some };
}
