import type { Instance } from './instance.js';

/**
 * What Consul's checks say of an instance, those of its node included. `maintenance` is an operator's word; `failing`
 * is everything else that is not wholly passing: a warning too, as in Consul's own `passing` filter.
 */
export type Health = 'passing' | 'failing' | 'maintenance';

/** An instance that is in Consul's catalog, healthy or not. One that is not there at all has left. */
export interface Sighting {
  readonly instance: Instance;
  readonly health: Health;
}

/** What the health endpoint answers for each instance, as far as it is read here. */
export interface HealthEntry {
  readonly Node: { readonly Address: string };
  readonly Service: {
    readonly ID: string;
    readonly Address: string;
    readonly Port: number;
    readonly Tags: readonly string[] | null;
    readonly Meta: Record<string, string> | null;
    readonly Weights?: { readonly Passing: number } | null;
  };
  readonly Checks: readonly { readonly CheckID: string; readonly Status: string }[];
}

/** The checks that Consul's maintenance mode adds: to the node, or to a service with its id after a colon. */
const MAINTENANCE = /^(_node_maintenance$|_service_maintenance:)/;

export function toSighting({ Node, Service, Checks }: HealthEntry): Sighting {
  const instance = {
    id: Service.ID,
    host: Service.Address || Node.Address,
    port: Service.Port,
    tags: Service.Tags ?? [],
    metadata: Service.Meta ?? {},
    weight: Service.Weights?.Passing ?? 1,
  };
  return { instance, health: toHealth(Checks) };
}

function toHealth(checks: HealthEntry['Checks']): Health {
  if (checks.some(({ CheckID }) => MAINTENANCE.test(CheckID))) return 'maintenance';
  return checks.every(({ Status }) => Status === 'passing') ? 'passing' : 'failing';
}
