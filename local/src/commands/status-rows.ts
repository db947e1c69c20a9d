import type { Acquaintance, MeshView } from '../observe/mesh-view.js';

/** One process as `make status` shows it. */
export interface StatusRow {
  readonly id: string;
  /** Absent while it is down. */
  readonly pid: number | undefined;
  readonly upMs: number;
  readonly version: string | undefined;
  readonly address: string;
  /** Why it is not healthy. */
  readonly ailment: string | undefined;
  /** What it is among its like at the moment: `primary`. */
  readonly role?: string | undefined;
  /** The service it is called as; absent for servers that are no instances of ours. */
  readonly service: string | undefined;
}

export const STATUS_HEADING = [
  'process',
  'pid',
  'up',
  'version',
  'address',
  'health',
  'breaker',
  'in flight',
];
export const DISCOVERY_HEADING = ['caller', 'callee', 'instances', 'confirmed by Consul'];

export function toStatusCells(row: StatusRow, view: MeshView): string[] {
  return [
    row.id,
    row.pid === undefined ? '-' : String(row.pid),
    row.pid === undefined ? '-' : formatAge(row.upMs),
    row.version ?? '-',
    row.address,
    row.ailment ?? (row.role === undefined ? 'healthy' : `healthy, ${row.role}`),
    toBreakerCell(row, view),
    String(view.inFlight.get(row.id) ?? '-'),
  ];
}

/** `closed`, or `open (edge_1)` with every caller that passes it over; `-` for whom nobody calls. */
function toBreakerCell({ id, service }: StatusRow, { moved, acquaintances }: MeshView): string {
  const states = moved
    .filter(({ instance }) => instance === id)
    .map(({ state, caller }) => `${state} (${caller})`);
  if (states.length > 0) return states.join(', ');
  const isCalled = acquaintances.some((known) => known.service === service && known.instances !== undefined);
  return isCalled ? 'closed' : '-';
}

export function toDiscoveryCells({ caller, service, instances, ageSeconds }: Acquaintance): string[] {
  return [caller, service, instances === undefined ? '-' : String(instances), formatDiscoveryAge(ageSeconds)];
}

/** `12 s ago`; Consul confirms what does not change about every ten seconds. */
export function formatDiscoveryAge(seconds: number | undefined): string {
  if (seconds === undefined) return '-';
  return Number.isFinite(seconds) ? `${formatAge(seconds * 1_000)} ago` : 'never';
}

export function formatAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1_000))} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
