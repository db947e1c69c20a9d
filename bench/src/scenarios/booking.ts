import type { BenchStack } from '../bench-stack.js';
import type { Effort } from '../effort.js';
import { loadHttp } from '../http-load.js';
import { interleave } from '../interleave.js';
import type { Measurement } from '../measurement.js';
import { watchStack } from '../watched-processes.js';

const CONNECTIONS = 32;
const CODES = ['FL001', 'FL002', 'FL003', 'FL004', 'FL005', 'FL007', 'FL008', 'FL009', 'FL010', 'FL012'];

/** Booking through REST: everybody on one flight, and spread over all that can be booked. */
export async function measureBooking(
  { stack, token }: BenchStack,
  { seconds, rounds }: Effort,
): Promise<readonly Measurement[]> {
  const toBody = (flightId: string) => JSON.stringify({ flightId, paymentMethod: 'credit_card' });
  const load = {
    url: `${stack.edgeUrl}/api/flight/book-flight`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    expected: 201,
    connections: CONNECTIONS,
    seconds,
    watched: watchStack(stack),
  };
  return interleave(
    [
      { name: 'booking, one flight', round: () => loadHttp({ ...load, body: toBody('FL001') }) },
      {
        name: `booking, ${CODES.length} flights`,
        round: () => loadHttp({ ...load, bodies: CODES.map(toBody) }),
      },
    ],
    rounds,
  );
}
