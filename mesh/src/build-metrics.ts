import { Gauge, type Registry } from 'prom-client';

/** Exports which version runs, the way Prometheus' own programs do: a gauge that is always 1. */
export function exportBuild(registry: Registry, version: string): void {
  new Gauge({
    name: 'mesh_build_info',
    help: 'Always 1; the version is in the label.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
}
