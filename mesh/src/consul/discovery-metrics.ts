import { Gauge, type Registry } from 'prom-client';
import type { InstanceSet } from './watch.js';

/** Exports how old the knowledge of each watched service is, reckoned anew at each scrape. */
export function exportDiscoveryAge(registry: Registry, watches: () => Iterable<InstanceSet>): void {
  new Gauge({
    name: 'mesh_discovery_age_seconds',
    help: 'Time since Consul last confirmed the instances of a service.',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      for (const set of watches()) this.set({ service: set.service }, set.ageMs() / 1000);
    },
  });
}
