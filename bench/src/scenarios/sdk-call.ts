import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { connect } from '@flight/sdk';
import { FlightService } from '@flight/sdk/booking';
import { Client, credentials } from '@grpc/grpc-js';
import { bareCall } from '../bare-call.js';
import type { BenchStack } from '../bench-stack.js';
import { loadCalls } from '../call-load.js';
import { startChild } from '../child-server.js';
import type { Effort } from '../effort.js';
import { interleave } from '../interleave.js';
import type { Measurement } from '../measurement.js';

const CONCURRENCY = 32;
const FLIGHT = { flightCode: 'FL001', airline: 'WizzAir', departure: '2024-10-01 10:00', price: 200 };
const REQUEST = { flightCode: 'FL001' };

/** One call of the TypeScript SDK beside the library that it stands on, and beside grpc-js: the same server and messages. */
export async function measureSdkCall(
  _stack: BenchStack,
  { seconds, rounds }: Effort,
): Promise<readonly Measurement[]> {
  const server = await startChild('bare-grpc', [JSON.stringify(FLIGHT)]);
  const sdk = connect({ addresses: { 'booking-service': [server.address] } });
  const bareConnect = createClient(
    FlightService,
    createGrpcTransport({ baseUrl: `http://${server.address}` }),
  );
  const grpcJs = new Client(server.address, credentials.createInsecure());
  const load = { concurrency: CONCURRENCY, seconds, watched: [{ name: 'server', pid: server.pid }] };
  try {
    return await interleave(
      [
        {
          name: 'one call, TypeScript SDK',
          round: () => loadCalls({ ...load, call: () => sdk.flights.getFlight(REQUEST) }),
        },
        {
          name: 'one call, bare Connect',
          round: () => loadCalls({ ...load, call: () => bareConnect.getFlight(REQUEST) }),
        },
        {
          name: 'one call, bare grpc-js',
          round: () => loadCalls({ ...load, call: () => bareCall(grpcJs, REQUEST) }),
        },
      ],
      rounds,
    );
  } finally {
    sdk.close();
    grpcJs.close();
    await server.close();
  }
}
