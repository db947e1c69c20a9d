import type { FlightStatus } from './flight.js';
import type { Route } from './route.js';

/** A stored change of a flight's status that is to be told. */
export interface StatusEvent {
  readonly id: number;
  readonly flightCode: string;
  readonly status: FlightStatus;
  /** The route whose listing shows the status. */
  readonly route: Route;
}

/** The change in the words of those who watch the flight. */
export function toUpdateText(event: Pick<StatusEvent, 'status'>): string {
  return `Flight status changed to ${event.status}`;
}

/** Names the telling of an event: the same however often it is told, so that it counts once. */
export function toRequestId(event: Pick<StatusEvent, 'id'>): string {
  return `flight-status:${event.id}`;
}
