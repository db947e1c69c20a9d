import { FlightStatus as WireStatus } from '@flight/proto/booking';
import type { FlightStatus } from '../domain/flights.js';

const WIRE: Readonly<Record<FlightStatus, WireStatus>> = {
  'On Time': WireStatus.ON_TIME,
  Delayed: WireStatus.DELAYED,
  Boarding: WireStatus.BOARDING,
  'Gate Closed': WireStatus.GATE_CLOSED,
  Departed: WireStatus.DEPARTED,
  Landed: WireStatus.LANDED,
  Arrived: WireStatus.ARRIVED,
  Diverted: WireStatus.DIVERTED,
  Cancelled: WireStatus.CANCELLED,
};

const TEXTS = new Map(Object.entries(WIRE).map(([text, wire]) => [wire, text as FlightStatus]));

export function toWireStatus(status: FlightStatus): WireStatus {
  return WIRE[status];
}

/** @throws Error on a status that this edge doesn't know, which is a newer service's */
export function fromFlightStatus(status: WireStatus): FlightStatus {
  const text = TEXTS.get(status);
  if (text === undefined) throw new Error(`the booking service answered the flight status ${status}`);
  return text;
}
