/** One kind of process of ours: how many, where, and with which database. */
export interface ServiceDescription {
  /** Name in Consul. */
  readonly name: string;
  /** Instances are called `<prefix>_1`, `<prefix>_2` … */
  readonly instancePrefix: string;
  /** The built entry point, relative to the checkout (or absolute). */
  readonly entry: string;
  readonly count: number;
  /** The first instance's port for calls; the next ones follow. */
  readonly firstPort: number;
  /** `grpc`: GRPC_PORT and an ADMIN_PORT beside it; `http`: one HTTP_PORT for everything. */
  readonly serves: 'grpc' | 'http';
  readonly database?: DatabaseDescription;
  /** For Node itself, such as memory settings. */
  readonly nodeFlags?: readonly string[];
  /** True for the service that encrypts its token-signing keys with SIGNING_KEY_SECRET. */
  readonly signsTokens?: boolean;
}

export interface DatabaseDescription {
  /** Name in Consul. */
  readonly service: string;
  readonly name: string;
  readonly user: string;
  /** A role that may enter beside the owner and read what the owner lets it read. */
  readonly readerRole?: string;
  /** True when everything in it can be made anew from other databases: one server is enough, and no backup holds it. */
  readonly derived?: boolean;
}

/**
 * Requests, and changes by the thousand, live longer than V8's small nursery: 80 MB more of it save a fifth of the CPU time
 * of processes that have many of them.
 */
const LARGE_NURSERY = ['--max-semi-space-size=64'];

/** The processes of the system, in the order of starting. */
export const SERVICES: readonly ServiceDescription[] = [
  {
    name: 'user-service',
    instancePrefix: 'user_service',
    entry: 'dist/user-service.js',
    count: 3,
    firstPort: 5000,
    serves: 'grpc',
    database: { service: 'user-db', name: 'users', user: 'user_service' },
    signsTokens: true,
  },
  {
    name: 'booking-service',
    instancePrefix: 'booking_service',
    entry: 'dist/booking-service.js',
    count: 3,
    firstPort: 5004,
    serves: 'grpc',
    database: { service: 'booking-db', name: 'bookings', user: 'booking_service' },
    nodeFlags: LARGE_NURSERY,
  },
  {
    name: 'etl-service',
    instancePrefix: 'etl_service',
    entry: 'dist/etl-service.js',
    count: 1,
    firstPort: 5010,
    serves: 'grpc',
    database: {
      service: 'warehouse',
      name: 'warehouse',
      user: 'etl_service',
      readerRole: 'analyst',
      derived: true,
    },
    nodeFlags: LARGE_NURSERY,
  },
  {
    name: 'edge',
    instancePrefix: 'edge',
    entry: 'dist/edge.js',
    count: 1,
    firstPort: 4000,
    serves: 'http',
    nodeFlags: LARGE_NURSERY,
  },
];

/** The same services with other numbers of instances; a service that is not named keeps its own. */
export function scaleServices(
  services: readonly ServiceDescription[],
  counts: Readonly<Partial<Record<string, number>>>,
): ServiceDescription[] {
  return services.map((service) => ({ ...service, count: counts[service.name] ?? service.count }));
}
