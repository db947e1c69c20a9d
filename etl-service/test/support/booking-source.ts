import { createServiceCredential, implement, type ServiceBinding } from '@flight/mesh';
import {
  type BookingChange,
  BookingChangeServiceDefinition,
  type BookingCheckpoint,
  BookingStatus,
  type FlightChange,
  FlightStatus,
} from '@flight/proto/booking';
import { createFeedScript, type FeedScript } from './feed-script.js';

export type BookingSourceChange =
  | { readonly kind: 'flight'; readonly flight: FlightChange }
  | { readonly kind: 'booking'; readonly booking: BookingChange };

/** BookingChangeService over changes that a test makes. */
export interface BookingSource extends FeedScript<BookingSourceChange> {
  readonly binding: ServiceBinding;
  /** What fact_booking must hold: id, price and whether canceled, by id. */
  expected(): readonly (readonly [id: number, price: number, canceled: boolean])[];
}

/** @param secret what callers' credentials are proved by */
export function createBookingSource(secret: string): BookingSource {
  const script = createFeedScript<BookingSourceChange>(({ kind }) => (kind === 'flight' ? 0 : 1));
  const credentials = createServiceCredential({ service: 'booking-service', secret });

  const bookingsUpTo = (upTo: number) =>
    script.changes.slice(0, upTo).flatMap((change) => (change.kind === 'booking' ? [change.booking] : []));

  function toCheckpoint(upTo: number): BookingCheckpoint {
    const codes = script.changes
      .slice(0, upTo)
      .flatMap((change) => (change.kind === 'flight' ? [change.flight.flight?.flightCode] : []));
    const made = bookingsUpTo(upTo).filter(({ cancelTime }) => cancelTime === undefined);
    const canceled = bookingsUpTo(upTo).filter(({ cancelTime }) => cancelTime !== undefined);
    return {
      asOf: new Date(),
      flights: new Set(codes).size,
      bookings: made.length,
      canceledBookings: canceled.length,
      bookedAmount: sumPrices(made),
      canceledAmount: sumPrices(canceled),
    };
  }

  return {
    ...script,
    binding: implement(BookingChangeServiceDefinition, {
      async *streamBookingChanges(request, call) {
        await credentials.verify(call.credential);
        for await (const { changes, token, upTo } of script.stream(request))
          yield {
            flights: changes.flatMap((change) => (change.kind === 'flight' ? [change.flight] : [])),
            bookings: changes.flatMap((change) => (change.kind === 'booking' ? [change.booking] : [])),
            token,
            checkpoint: upTo === undefined ? undefined : toCheckpoint(upTo),
          };
      },
    }),
    expected() {
      const last = new Map(bookingsUpTo(Infinity).map((booking) => [booking.bookingId, booking]));
      return [...last.values()]
        .map(({ bookingId, price, cancelTime }) => [bookingId, price, cancelTime !== undefined] as const)
        .toSorted(([one], [other]) => one - other);
    },
  };
}

function sumPrices(bookings: readonly BookingChange[]): number {
  return bookings.reduce((sum, { price }) => sum + price, 0);
}

const BOOKED = new Date('2024-09-01T10:00:00Z');
const CANCELED = new Date('2024-09-02T10:00:00Z');

export function flightChange(versionId: number, flightCode: string, price = 100): BookingSourceChange {
  const changeTime = new Date(Date.UTC(2024, 0, 1) + versionId * 1000);
  const flight = {
    flightCode,
    airline: 'WizzAir',
    departure: '2024-10-01 10:00',
    arrival: '2024-10-01 12:00',
    fromCity: 'Chisinau',
    toCity: 'Paris',
    price,
    status: FlightStatus.ON_TIME,
    seatsTotal: 180,
    seatsLeft: 0,
  };
  return { kind: 'flight', flight: { versionId, flight, changeTime } };
}

export function bookingMade(bookingId: number, flightCode: string, price = 100): BookingSourceChange {
  const booking: BookingChange = {
    bookingId,
    userId: 1 + (bookingId % 7),
    flightCode,
    status: BookingStatus.CONFIRMED,
    paymentMethod: 'credit_card',
    price,
    createTime: BOOKED,
    cancelTime: undefined,
  };
  return { kind: 'booking', booking };
}

export function bookingCanceled(bookingId: number, flightCode: string, price = 100): BookingSourceChange {
  const made = bookingMade(bookingId, flightCode, price);
  if (made.kind !== 'booking') return made;
  return {
    kind: 'booking',
    booking: { ...made.booking, status: BookingStatus.CANCELED, cancelTime: CANCELED },
  };
}

/** A flight with bookings, of which every tenth was canceled. */
export function soldFlight(flightCode: string, bookings: number): readonly BookingSourceChange[] {
  const ids = Array.from({ length: bookings }, (_, index) => index + 1);
  return [
    flightChange(1, flightCode),
    ...ids.map((id) => bookingMade(id, flightCode)),
    ...ids.filter((id) => id % 10 === 0).map((id) => bookingCanceled(id, flightCode)),
  ];
}
