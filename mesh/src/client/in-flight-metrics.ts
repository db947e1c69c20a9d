import { Gauge, type Registry } from 'prom-client';
import type { Endpoints } from './endpoints.js';

/** Exports how many calls are in flight to each instance, counted at each scrape. */
export function exportCallsInFlight(
  registry: Registry,
  services: () => Iterable<readonly [string, Endpoints]>,
): void {
  new Gauge({
    name: 'mesh_in_flight',
    help: 'Calls in flight from this process to an instance.',
    labelNames: ['service', 'instance'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, { current }] of services())
        for (const { id, outstanding } of current) this.set({ service, instance: id }, outstanding);
    },
  });
}
