import type { Sample } from './prometheus-text.js';

/** One process' samples. */
export interface Shown {
  readonly id: string;
  readonly samples: readonly Sample[];
}

export type BreakerState = 'closed' | 'half-open' | 'open';

/** A breaker that is not closed: calls of `caller` pass `instance` over. */
export interface MovedBreaker {
  readonly caller: string;
  readonly service: string;
  readonly instance: string;
  readonly state: Exclude<BreakerState, 'closed'>;
  /** How this caller's attempts at the instance ended since it started, by status code. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What a caller knows of a service. */
export interface Acquaintance {
  readonly caller: string;
  readonly service: string;
  /** Instances that calls can go to; absent where only discovery is known, as of a database. */
  readonly instances: number | undefined;
  /** Since Consul last confirmed them; infinite when it never has. */
  readonly ageSeconds: number | undefined;
}

/** The mesh as all its processes together see it. */
export interface MeshView {
  readonly acquaintances: readonly Acquaintance[];
  readonly moved: readonly MovedBreaker[];
  /** Calls in flight by instance, from all callers. Absent for one that nobody counts. */
  readonly inFlight: ReadonlyMap<string, number>;
  /** Versions that processes tell of themselves, by process. */
  readonly versions: ReadonlyMap<string, string>;
}

const STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];

export function toMeshView(shown: readonly Shown[]): MeshView {
  return {
    acquaintances: shown.flatMap(listAcquaintances),
    moved: shown.flatMap(listMoved),
    inFlight: countInFlight(shown),
    versions: new Map(
      shown.flatMap(({ id, samples }) => {
        const version = samples.find(({ name }) => name === 'mesh_build_info')?.labels.version;
        return version === undefined ? [] : [[id, version] as const];
      }),
    ),
  };
}

function listAcquaintances({ id, samples }: Shown): Acquaintance[] {
  const read = (metric: string) =>
    new Map(
      samples.filter(({ name }) => name === metric).map(({ labels, value }) => [labels.service ?? '', value]),
    );
  const instances = read('mesh_instances');
  const ages = read('mesh_discovery_age_seconds');
  return [...new Set([...instances.keys(), ...ages.keys()])].map((service) => ({
    caller: id,
    service,
    instances: instances.get(service),
    ageSeconds: ages.get(service),
  }));
}

function listMoved({ id, samples }: Shown): MovedBreaker[] {
  const moved: MovedBreaker[] = [];
  for (const { name, labels, value } of samples) {
    const state = STATES[value];
    if (name !== 'mesh_breaker_state' || state === undefined || state === 'closed') continue;
    const { service = '?', instance = '?' } = labels;
    moved.push({ caller: id, service, instance, state, outcomes: countOutcomes(samples, instance) });
  }
  return moved;
}

function countOutcomes(samples: readonly Sample[], instance: string): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const { name, labels, value } of samples)
    if (name === 'grpc_client_attempts_total' && labels.instance === instance)
      outcomes[labels.code ?? '?'] = (outcomes[labels.code ?? '?'] ?? 0) + value;
  return outcomes;
}

/** Calls to an instance are counted by its callers; what is in flight at an edge, by itself. */
function countInFlight(shown: readonly Shown[]): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (id: string, value: number) => counts.set(id, (counts.get(id) ?? 0) + value);
  for (const { id, samples } of shown)
    for (const { name, labels, value } of samples)
      if (name === 'mesh_in_flight' && labels.instance !== undefined) add(labels.instance, value);
      // The request that asks for the metrics is none of those that matter.
      else if (name === 'edge_requests_in_flight') add(id, Math.max(0, value - 1));
  return counts;
}
