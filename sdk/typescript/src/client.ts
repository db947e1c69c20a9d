import type { Client } from '@connectrpc/connect';
import { BookingChangeService } from '../gen/flight/booking/v1/booking_change_service_pb.js';
import { BookingService } from '../gen/flight/booking/v1/booking_service_pb.js';
import { FlightService } from '../gen/flight/booking/v1/flight_service_pb.js';
import { EtlService } from '../gen/flight/etl/v1/etl_service_pb.js';
import type { FlightUpdate } from '../gen/flight/user/v1/flight_update_pb.js';
import { FlightUpdateService } from '../gen/flight/user/v1/flight_update_service_pb.js';
import { UserChangeService } from '../gen/flight/user/v1/user_change_service_pb.js';
import { UserService } from '../gen/flight/user/v1/user_service_pb.js';
import type { Calling } from './carry-out.js';
import { type FollowOptions, followFlight } from './follow-flight.js';
import { createServiceClient } from './service-client.js';
import { createServiceTransport } from './service-transport.js';
import type { TokenSource } from './token.js';

/** The services, each a typed client. Every call may throw a FlightError. */
export interface FlightClient {
  readonly users: Client<typeof UserService>;
  readonly flightUpdates: Client<typeof FlightUpdateService>;
  readonly userChanges: Client<typeof UserChangeService>;
  readonly flights: Client<typeof FlightService>;
  readonly bookings: Client<typeof BookingService>;
  readonly bookingChanges: Client<typeof BookingChangeService>;
  readonly etl: Client<typeof EtlService>;
  /** The same client, on the same connections, acting for the token's owner. */
  withToken(token: TokenSource): FlightClient;
  /** A flight's updates in order, each once, across instances that come and go: see {@link FollowOptions}. */
  followFlight(flightCode: string, options?: FollowOptions): AsyncGenerator<FlightUpdate, void>;
  /** Cuts all connections and ends what is under way, also of clients derived by `withToken`. */
  close(): void;
}

/** What calls go through, by service. */
export interface ClientParts {
  readonly calling: (service: 'user-service' | 'booking-service' | 'etl-service') => Calling;
  readonly close: () => void;
}

export function createFlightClient(parts: ClientParts, token: TokenSource | undefined): FlightClient {
  const userCalling = parts.calling('user-service');
  const users = createServiceTransport(userCalling, token);
  const bookings = createServiceTransport(parts.calling('booking-service'), token);
  const etl = createServiceTransport(parts.calling('etl-service'), token);
  const flightUpdates = createServiceClient(FlightUpdateService, users);
  return {
    users: createServiceClient(UserService, users),
    flightUpdates,
    userChanges: createServiceClient(UserChangeService, users),
    flights: createServiceClient(FlightService, bookings),
    bookings: createServiceClient(BookingService, bookings),
    bookingChanges: createServiceClient(BookingChangeService, bookings),
    etl: createServiceClient(EtlService, etl),
    withToken: (other) => createFlightClient(parts, other),
    followFlight: (flightCode, options = {}) =>
      followFlight(flightUpdates, userCalling.instances, flightCode, options),
    close: parts.close,
  };
}
