import {
  type Booking as WireBooking,
  BookingStatus as WireBookingStatus,
  type Flight as WireFlight,
  FlightStatus as WireFlightStatus,
} from '@flight/proto/booking';
import type { Booking, BookingStatus } from '../domain/booking.js';
import { FLIGHT_STATUSES, type Flight, type FlightStatus, type ListedFlight } from '../domain/flight.js';

const FLIGHT_STATUS: Readonly<Record<FlightStatus, WireFlightStatus>> = {
  'On Time': WireFlightStatus.ON_TIME,
  Delayed: WireFlightStatus.DELAYED,
  Boarding: WireFlightStatus.BOARDING,
  'Gate Closed': WireFlightStatus.GATE_CLOSED,
  Departed: WireFlightStatus.DEPARTED,
  Landed: WireFlightStatus.LANDED,
  Arrived: WireFlightStatus.ARRIVED,
  Diverted: WireFlightStatus.DIVERTED,
  Cancelled: WireFlightStatus.CANCELLED,
};

const BOOKING_STATUS: Readonly<Record<BookingStatus, WireBookingStatus>> = {
  Confirmed: WireBookingStatus.CONFIRMED,
  Canceled: WireBookingStatus.CANCELED,
};

export function toWireFlight(flight: Flight): WireFlight {
  return { ...flight, status: FLIGHT_STATUS[flight.status] };
}

/** A search does not tell the seats: its answer may be seconds old, and they change all the time. */
export function toWireListedFlight(flight: ListedFlight): WireFlight {
  return { ...flight, status: FLIGHT_STATUS[flight.status], seatsTotal: 0, seatsLeft: 0 };
}

export function toWireBooking(booking: Booking): WireBooking {
  const { bookedAt, canceledAt, ...rest } = booking;
  return {
    ...rest,
    status: BOOKING_STATUS[booking.status],
    flightStatus: FLIGHT_STATUS[booking.flightStatus],
    createTime: bookedAt,
    cancelTime: canceledAt,
  };
}

/** Undefined for a status that was not said or is not known. */
export function fromWireFlightStatus(status: WireFlightStatus): FlightStatus | undefined {
  return FLIGHT_STATUSES.find((known) => FLIGHT_STATUS[known] === status);
}
