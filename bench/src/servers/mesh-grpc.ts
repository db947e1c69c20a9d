import { implement, openProcess } from '@flight/mesh';
import { FlightServiceDefinition } from '@flight/proto/booking';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { announce } from './announce.js';

// The same answer as bare-grpc through the mesh's `serve`: deadline, identity, logging, metrics, registration.
const [, , answer = '{}', consulUrl = ''] = process.argv;
const { responseType } = FlightServiceDefinition.methods.getFlight;
const response = responseType.fromPartial({ flight: JSON.parse(answer) });
const mesh = await openProcess({
  service: 'bench-echo',
  instance: 'bench_echo_1',
  host: '127.0.0.1',
  grpcPort: 0,
  adminPort: undefined,
  logLevel: 'warn',
  consul: { url: consulUrl, token: undefined },
  lingerMs: 0,
});
const unused = () => Promise.reject(new Error('not measured'));
const binding = implement(FlightServiceDefinition, {
  getFlight: async () => response,
  searchFlights: unused,
  setFlightStatus: unused,
  seedFlights: unused,
});
const { address } = await mesh.serve([binding], await readDescriptorSet());
announce(address);
