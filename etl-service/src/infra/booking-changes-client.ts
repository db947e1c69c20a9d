import type { Client, ServiceCredential } from '@flight/mesh';
import {
  type BookingChange,
  type BookingChangeServiceDefinition,
  type BookingCheckpoint,
  type FlightChange,
  FlightStatus,
  type StreamBookingChangesResponse,
} from '@flight/proto/booking';
import type { BookingState, ChangeBatch, Checkpoint, FlightVersion } from '../domain/changes.js';
import { getPart, toChanges } from './wire-changes.js';

/** How people read a flight's status. */
const STATUS: Readonly<Record<FlightStatus, string | undefined>> = {
  [FlightStatus.UNSPECIFIED]: undefined,
  [FlightStatus.UNRECOGNIZED]: undefined,
  [FlightStatus.ON_TIME]: 'On Time',
  [FlightStatus.DELAYED]: 'Delayed',
  [FlightStatus.BOARDING]: 'Boarding',
  [FlightStatus.GATE_CLOSED]: 'Gate Closed',
  [FlightStatus.DEPARTED]: 'Departed',
  [FlightStatus.LANDED]: 'Landed',
  [FlightStatus.ARRIVED]: 'Arrived',
  [FlightStatus.DIVERTED]: 'Diverted',
  [FlightStatus.CANCELLED]: 'Cancelled',
};

/** Streams the changes of booking-service. */
export function createBookingChangesClient(parts: {
  readonly changes: Client<BookingChangeServiceDefinition>;
  readonly credential: ServiceCredential;
  /** Changes a message at most. */
  readonly batchSize: number;
}): (token: string, signal: AbortSignal) => AsyncIterable<ChangeBatch> {
  const { changes, credential, batchSize } = parts;
  return async function* (token, signal) {
    const options = { credential: await credential.issue(), signal };
    const messages = changes.streamBookingChanges({ token, batchSize, follow: false }, options);
    for await (const message of messages) yield toBatch(message);
  };
}

function toBatch({ flights, bookings, token, checkpoint }: StreamBookingChangesResponse): ChangeBatch {
  return {
    changes: toChanges({ flights: flights.map(toVersion), bookings: bookings.map(toBooking) }),
    token,
    checkpoint: checkpoint && toCheckpoint(checkpoint),
  };
}

function toVersion({ versionId, flight: said, changeTime }: FlightChange): FlightVersion {
  const { seatsLeft: _told, status, ...flight } = getPart(said, 'flight');
  return {
    ...flight,
    versionId,
    status: getPart(STATUS[status], 'status'),
    changedAt: getPart(changeTime, 'change_time'),
  };
}

function toBooking(booking: BookingChange): BookingState {
  return {
    bookingId: booking.bookingId,
    userId: booking.userId,
    flightCode: booking.flightCode,
    paymentMethod: booking.paymentMethod,
    price: booking.price,
    bookedAt: getPart(booking.createTime, 'create_time'),
    canceledAt: booking.cancelTime,
  };
}

function toCheckpoint(checkpoint: BookingCheckpoint): Checkpoint {
  return {
    asOf: getPart(checkpoint.asOf, 'as_of'),
    counts: {
      flights: checkpoint.flights,
      bookings: checkpoint.bookings,
      canceled_bookings: checkpoint.canceledBookings,
      booked_amount: checkpoint.bookedAmount,
      canceled_amount: checkpoint.canceledAmount,
    },
  };
}
