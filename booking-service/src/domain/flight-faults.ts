import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';

export function flightNotFound(flightCode: string): Fault<Reason> {
  return new Fault<Reason>('not_found', 'FLIGHT_NOT_FOUND', 'Flight not found', { flight_code: flightCode });
}

export function flightSoldOut(flightCode: string): Fault<Reason> {
  const facts = { flight_code: flightCode };
  return new Fault<Reason>('failed_precondition', 'FLIGHT_SOLD_OUT', 'Flight is sold out', facts);
}

export function flightCancelled(flightCode: string): Fault<Reason> {
  const facts = { flight_code: flightCode };
  return new Fault<Reason>('failed_precondition', 'FLIGHT_CANCELLED', 'Flight is cancelled', facts);
}
