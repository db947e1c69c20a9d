import { Gauge, type Registry } from 'prom-client';
import type { Admission } from './admission.js';
import type { StreamLimit } from './stream-limit.js';

/** Shows how full a server is. */
export function exportAdmission(registry: Registry, admission: Admission): void {
  new Gauge({
    name: 'grpc_server_in_flight',
    help: 'Unary calls that were begun and have not ended.',
    registers: [registry],
    collect() {
      this.set(admission.inFlight);
    },
  });
  new Gauge({
    name: 'grpc_server_in_flight_limit',
    help: 'Unary calls that may be in flight; sinks while the event loop is late.',
    registers: [registry],
    collect() {
      this.set(admission.limit);
    },
  });
}

/** Shows the streams that a server has open. */
export function exportStreams(registry: Registry, { open }: StreamLimit): void {
  new Gauge({
    name: 'grpc_server_streams',
    help: 'Streams that were begun and have not ended.',
    labelNames: ['method'],
    registers: [registry],
    collect() {
      for (const [method, streams] of open) this.set({ method }, streams);
    },
  });
}
