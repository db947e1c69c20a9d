import { openProcess } from '@flight/mesh';
import { FlightServiceDefinition } from '@flight/proto/booking';
import { Client, credentials } from '@grpc/grpc-js';
import { bareCall } from '../bare-call.js';
import type { BenchStack } from '../bench-stack.js';
import { loadCalls } from '../call-load.js';
import { startChild } from '../child-server.js';
import type { Effort } from '../effort.js';
import { interleave } from '../interleave.js';
import type { Measurement } from '../measurement.js';

const CONCURRENCY = 32;
const FLIGHT = {
  flightCode: 'FL001',
  airline: 'WizzAir',
  departure: '2024-10-01 10:00',
  price: 200,
  seatsLeft: 180,
};
const REQUEST = { flightCode: 'FL001' };

/** One call of the mesh beside a bare grpc-js unary call: the same messages, the same machine, the same moment. */
export async function measureUnaryCall(
  { stack }: BenchStack,
  { seconds, rounds }: Effort,
): Promise<readonly Measurement[]> {
  const answer = JSON.stringify(FLIGHT);
  const bare = await startChild('bare-grpc', [answer]);
  const served = await startChild('mesh-grpc', [answer, stack.consulUrl]);
  const caller = await openCaller(stack.consulUrl);
  const flights = caller.dial('bench-echo', FlightServiceDefinition);
  await caller.instances('bench-echo').known(AbortSignal.timeout(10_000));
  const client = new Client(bare.address, credentials.createInsecure());
  const load = { concurrency: CONCURRENCY, seconds };
  const watch = (pid: number) => [{ name: 'server', pid }];
  try {
    return await interleave(
      [
        {
          name: 'unary call, mesh',
          round: () =>
            loadCalls({ ...load, call: () => flights.getFlight(REQUEST), watched: watch(served.pid) }),
        },
        {
          name: 'unary call, bare grpc-js',
          round: () =>
            loadCalls({ ...load, call: () => bareCall(client, REQUEST), watched: watch(bare.pid) }),
        },
      ],
      rounds,
    );
  } finally {
    client.close();
    await Promise.all([caller.close(), bare.close(), served.close()]);
  }
}

function openCaller(url: string) {
  return openProcess({
    service: 'bench',
    instance: 'bench_1',
    host: '127.0.0.1',
    grpcPort: 0,
    adminPort: undefined,
    logLevel: 'warn',
    consul: { url, token: undefined },
    lingerMs: 0,
  });
}
