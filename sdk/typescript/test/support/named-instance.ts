import { FlightService } from '../../src/booking.js';
import type { FlightClient } from '../../src/index.js';
import { openTestServer, type TestServer } from './test-server.js';

/** An instance that says which one it is. */
export function openNamedInstance(name: string): Promise<TestServer> {
  return openTestServer((router) => {
    router.service(FlightService, { getFlight: () => ({ flight: { flightCode: name } }) });
  });
}

/** The instances that some calls reached. */
export async function reached(client: FlightClient): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let calls = 0; calls < 6; calls += 1) {
    const { flight } = await client.flights.getFlight({ flightCode: 'FL001' });
    names.add(flight?.flightCode ?? '');
  }
  return names;
}
