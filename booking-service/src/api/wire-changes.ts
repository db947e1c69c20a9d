import {
  type StreamBookingChangesResponse,
  type BookingChange as WireBookingChange,
  BookingStatus as WireBookingStatus,
  type FlightChange as WireFlightChange,
} from '@flight/proto/booking';
import type { BookingChange, ChangeMessage, FlightVersion } from '../domain/booking-changes.js';
import { toWireListedFlight } from './wire.js';

export function toWireChanges(message: ChangeMessage): StreamBookingChangesResponse {
  const { token } = message;
  switch (message.kind) {
    case 'flights':
      return { ...NOTHING, flights: message.flights.map(toWireFlightChange), token };
    case 'bookings':
      return { ...NOTHING, bookings: message.bookings.map(toWireBookingChange), token };
    case 'checkpoint':
      return { ...NOTHING, token, checkpoint: { asOf: message.asOf, ...message.totals } };
  }
}

const NOTHING: StreamBookingChangesResponse = { flights: [], bookings: [], token: '', checkpoint: undefined };

function toWireFlightChange({ versionId, changedAtMs, ...flight }: FlightVersion): WireFlightChange {
  const { seatsTotal } = flight;
  return {
    versionId,
    flight: { ...toWireListedFlight(flight), seatsTotal },
    changeTime: new Date(changedAtMs),
  };
}

function toWireBookingChange(change: BookingChange): WireBookingChange {
  const { bookingId, userId, flightCode, paymentMethod, price, bookedAtMs, canceledAtMs } = change;
  return {
    bookingId,
    userId,
    flightCode,
    status: canceledAtMs === null ? WireBookingStatus.CONFIRMED : WireBookingStatus.CANCELED,
    paymentMethod,
    price,
    createTime: new Date(bookedAtMs),
    cancelTime: canceledAtMs === null ? undefined : new Date(canceledAtMs),
  };
}
