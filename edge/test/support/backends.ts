import { Fault, type Handlers, implement, type MeshProcess, openProcess } from '@flight/mesh';
import {
  type Booking,
  BookingServiceDefinition,
  BookingStatus,
  type Flight,
  FlightServiceDefinition,
  FlightStatus,
} from '@flight/proto/booking';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { FlightUpdateServiceDefinition, UserServiceDefinition } from '@flight/proto/user';
import { createFlightUpdates, type FlightUpdates } from './flight-updates.js';
import { keepSubscriptions } from './subscriptions.js';
import { createTokenSigner, type TokenSigner } from './tokens.js';

/** Shared by all services of a test. */
export const SERVICE_SECRET = 'the secret that services share in tests';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the services do in a test: replace a handler to have it do something else. */
export interface Scripts {
  user: Mutable<Handlers<UserServiceDefinition>>;
  flight: Mutable<Handlers<FlightServiceDefinition>>;
  booking: Mutable<Handlers<BookingServiceDefinition>>;
  updates: Mutable<Handlers<FlightUpdateServiceDefinition>>;
}

/** Services of the real contracts, over the real mesh, that do what the test says. */
export interface Backends {
  readonly scripts: Scripts;
  readonly signer: TokenSigner;
  /** What happens to flights, the same for all instances. Begins anew with a reset. */
  readonly updates: FlightUpdates;
  /** Puts back what the services usually do. */
  reset(): void;
  /** Stops the user service for good. */
  closeUserService(): Promise<void>;
  close(): Promise<void>;
}

export const FLIGHT: Flight = {
  flightCode: 'FL001',
  airline: 'WizzAir',
  departure: '2024-10-01 10:00',
  arrival: '2024-10-01 12:00',
  fromCity: 'Chisinau',
  toCity: 'London',
  price: 200,
  status: FlightStatus.ON_TIME,
  seatsTotal: 180,
  seatsLeft: 7,
};

export const BOOKING: Booking = {
  id: 1,
  userId: 1,
  flightCode: 'FL001',
  status: BookingStatus.CONFIRMED,
  paymentMethod: 'credit_card',
  price: 200,
  departure: '2024-10-01 10:00',
  flightStatus: FlightStatus.ON_TIME,
  createTime: new Date('2024-09-01T00:00:00Z'),
  cancelTime: undefined,
};

/** @param userInstances how many instances of the user service there are */
export async function openBackends(consulUrl: string, userInstances = 1): Promise<Backends> {
  const signer = await createTokenSigner('test-key');
  let updates = createFlightUpdates(SERVICE_SECRET, signer);
  const scripts = usualScripts(signer, updates);
  const descriptors = await readDescriptorSet();
  const users: MeshProcess[] = [];
  for (let number = 1; number <= userInstances; number++) {
    const process = await openServiceProcess(consulUrl, 'user-service', `user_service_${number}`);
    const services = [
      bind(UserServiceDefinition, () => scripts.user),
      bind(FlightUpdateServiceDefinition, () => scripts.updates),
    ];
    await process.serve(services, descriptors);
    users.push(process);
  }
  const bookings = await openServiceProcess(consulUrl, 'booking-service', 'booking_service_1');
  const services = [
    bind(FlightServiceDefinition, () => scripts.flight),
    bind(BookingServiceDefinition, () => scripts.booking),
  ];
  await bookings.serve(services, descriptors);
  return {
    scripts,
    signer,
    get updates() {
      return updates;
    },
    reset() {
      updates.cutStreams();
      updates = createFlightUpdates(SERVICE_SECRET, signer);
      Object.assign(scripts, usualScripts(signer, updates));
    },
    closeUserService: async () => {
      updates.cutStreams();
      await Promise.all(users.map((process) => process.close()));
    },
    close: async () => {
      updates.cutStreams();
      await Promise.all([...users, bookings].map((process) => process.close()));
    },
  };
}

type Definition =
  | typeof UserServiceDefinition
  | typeof FlightUpdateServiceDefinition
  | typeof FlightServiceDefinition
  | typeof BookingServiceDefinition;

/** Binds handlers that look up what to do at each call. */
function bind<D extends Definition>(definition: D, read: () => object) {
  const names = Object.keys(definition.methods);
  const handlers = names.map((name) => [
    name,
    (request: unknown, call: unknown) => {
      const handler = (read() as Record<string, (request: unknown, call: unknown) => unknown>)[name];
      return handler?.(request, call);
    },
  ]);
  return implement(definition, Object.fromEntries(handlers));
}

function openServiceProcess(consulUrl: string, service: string, instance: string): Promise<MeshProcess> {
  return openProcess({
    service,
    instance,
    host: '127.0.0.1',
    grpcPort: 0,
    adminPort: undefined,
    logLevel: process.env.TEST_LOG_LEVEL ?? 'silent',
    consul: { url: consulUrl, token: undefined },
    lingerMs: 0,
  });
}

function usualScripts(signer: TokenSigner, updates: FlightUpdates): Scripts {
  return {
    updates: { ...updates.handlers },
    user: {
      register: async () => ({ userId: 1 }),
      login: async () => ({ userId: 1, accessToken: await signer.sign(), expireTime: new Date() }),
      getUser: async () => ({ user: undefined }),
      listSubscriptions: async () => ({
        subscriptions: ['FL001', 'FL002'].map((flightCode) => ({ flightCode, createTime: new Date() })),
        nextPageToken: '',
      }),
      ...keepSubscriptions(signer),
      getJsonWebKeySet: async () => ({ keys: [signer.key] }),
      simulateFailure: async () => {
        throw new Fault('internal', 'SIMULATED_FAILURE', 'An error occurred. Please try again later.');
      },
    },
    flight: {
      searchFlights: async () => ({ flights: [FLIGHT], nextPageToken: '' }),
      getFlight: async () => ({ flight: FLIGHT }),
      setFlightStatus: async ({ status }) => ({ flight: { ...FLIGHT, status } }),
      seedFlights: async () => ({ flightsAdded: 11 }),
    },
    booking: {
      bookFlight: async () => ({ booking: BOOKING, replayed: false }),
      listBookings: async () => ({ bookings: [BOOKING], nextPageToken: '' }),
      cancelBooking: async () => ({ booking: { ...BOOKING, status: BookingStatus.CANCELED } }),
    },
  };
}
