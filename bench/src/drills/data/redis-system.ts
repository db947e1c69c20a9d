import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { type BenchStack, connectBookings } from '../../bench-stack.js';
import { withStack } from '../with-stack.js';

/** A whole system on a Redis Cluster, with routes whose listings lie on all of its masters. */
export interface RedisSystem {
  readonly bench: BenchStack;
  readonly edgeUrls: readonly string[];
  /** Each of its own pair of cities. */
  readonly flights: readonly DrilledFlight[];
  readonly redisIds: readonly string[];
  /** A connection to one node, which is the caller's to disconnect. */
  openNode(id: string): Redis;
  /** Kills a node without warning; it stays down until `start`. */
  kill(id: string): Promise<void>;
  start(id: string): Promise<void>;
}

/** The only flight of its route. */
export interface DrilledFlight {
  readonly flightCode: string;
  readonly fromCity: string;
  readonly toCity: string;
}

const FLIGHTS = 48;
const INSERT = `
  insert into flight (flight_code, airline, departure, arrival, from_city, to_city, from_city_key, to_city_key,
                      price, status, seats_total, seats_left, created_at, updated_at)
  values ($1, 'WizzAir', '2024-10-01 10:00', '2024-10-01 12:00', $2, $3, lower($2), lower($3),
          200, 'On Time', 100000000, 100000000, now(), now())`;

/** Starts the system for a drill and takes it away afterwards. The databases are not what is drilled: one server has both. */
export function withRedisSystem<T>(body: (system: RedisSystem) => Promise<T>): Promise<T> {
  return withStack({}, async (bench) => body(await toSystem(bench)), {
    size: 'full',
    singleDatabases: ['user-db', 'booking-db'],
  });
}

async function toSystem(bench: BenchStack): Promise<RedisSystem> {
  const { stack } = bench;
  const nodes = stack.infrastructure.filter(({ id }) => id.startsWith('redis_'));
  return {
    bench,
    edgeUrls: stack.instances.flatMap(({ httpUrl }) => httpUrl ?? []),
    flights: await insertFlights(bench),
    redisIds: nodes.map(({ id }) => id),
    openNode(id) {
      const [host = '', port] = nodes.find((node) => node.id === id)?.address.split(':') ?? [];
      const node = new Redis({ host, port: Number(port), password: stack.redisPassword });
      // Nodes are killed here; what is asked of one that is gone is refused.
      node.on('error', () => undefined);
      return node;
    },
    async kill(id) {
      stack.kill(id);
      // Its supervisor would start it again before a replica could take over.
      await stack.stopInfra(id);
    },
    start: (id) => stack.startInfra(id),
  };
}

async function insertFlights(bench: BenchStack): Promise<readonly DrilledFlight[]> {
  const client = await connectBookings(bench.stack);
  const run = randomUUID().slice(0, 8);
  const flights = Array.from({ length: FLIGHTS }, (_, i) => ({
    flightCode: `DRILL${i}`,
    fromCity: `from ${run} ${i}`,
    toCity: `to ${run} ${i}`,
  }));
  try {
    for (const { flightCode, fromCity, toCity } of flights)
      await client.query(INSERT, [flightCode, fromCity, toCity]);
  } finally {
    await client.end();
  }
  return flights;
}
