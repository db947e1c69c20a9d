import { Counter, Gauge, type Registry } from 'prom-client';
import type { InstanceSet } from './watch.js';

/** Exports how old the knowledge of each watched service is, how often it changed and failed, read at each scrape. */
export function exportDiscovery(registry: Registry, watches: () => Iterable<InstanceSet>): void {
  const registers = [registry];
  const labelNames = ['service'] as const;
  new Gauge({
    name: 'mesh_discovery_age_seconds',
    help: 'Time since Consul last confirmed the instances of a service.',
    labelNames,
    registers,
    collect() {
      for (const set of watches()) this.set({ service: set.service }, set.ageMs() / 1000);
    },
  });
  new Counter({
    name: 'mesh_discovery_changes_total',
    help: 'Changes of the set of instances that calls can go to.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const set of watches()) this.inc({ service: set.service }, set.changes);
    },
  });
  new Counter({
    name: 'mesh_discovery_failures_total',
    help: 'Queries of Consul that were refused, broken or not answered in time.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const set of watches()) this.inc({ service: set.service }, set.failures);
    },
  });
}
