import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A process's metrics. Labels have few values: methods, services, instances, codes; never ids or names of people. */
export interface Metrics {
  readonly registry: Registry;
  /** Calls that were answered, by method and code: seconds from arrival to status. */
  readonly served: Histogram<'method' | 'code'>;
  /** Calls that were refused before they were begun, by method. */
  readonly shed: Counter<'method'>;
  /** Calls that were made, by service, method and code: seconds from the first attempt to the outcome. */
  readonly called: Histogram<'service' | 'method' | 'code'>;
  /** Attempts of calls, by service, instance and code. More than one a call means retries. */
  readonly attempts: Counter<'service' | 'instance' | 'code'>;
  /** Second attempts at reads that took longer than usual, by service. */
  readonly hedges: Counter<'service'>;
  /** Known instances, by service. */
  readonly instances: Gauge<'service'>;
  /** Circuit breakers: 0 closed, 1 half-open, 2 open. */
  readonly breaker: Gauge<'service' | 'instance'>;
  /** Statements, by name and outcome: seconds including the wait for a connection. */
  readonly statements: Histogram<'statement' | 'outcome'>;
  /** Reads that a database answered, by the role of the server that did. */
  readonly reads: Counter<'database' | 'role'>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

let nodeMetrics: Registry | undefined;

/**
 * Adds Node's own metrics, which are those of the whole process: observed once, however many registries show them. Each observation
 * wakes the event loop a hundred times a second and at every garbage collection, and can't be ended.
 */
function addNodeMetrics(registry: Registry): void {
  if (nodeMetrics === undefined) {
    nodeMetrics = new Registry();
    collectDefaultMetrics({ register: nodeMetrics });
  }
  for (const { name } of nodeMetrics.getMetricsAsArray()) {
    const metric = nodeMetrics.getSingleMetric(name);
    if (metric) registry.registerMetric(metric);
  }
}

/** Makes a registry of its own, with Node's process metrics and the mesh's in it. */
export function createMetrics(labels: { readonly service: string; readonly instance: string }): Metrics {
  const registry = new Registry();
  // `instance` is Prometheus' own label for the scraped address, so ours is named apart.
  registry.setDefaultLabels({ service_name: labels.service, service_instance: labels.instance });
  addNodeMetrics(registry);
  const registers = [registry];
  return {
    registry,
    served: new Histogram({
      name: 'grpc_server_handled_seconds',
      help: 'Time from the arrival of a call to its status.',
      labelNames: ['method', 'code'],
      buckets: SECONDS,
      registers,
    }),
    shed: new Counter({
      name: 'grpc_server_shed_total',
      help: 'Calls that were refused because the server had as many as it can bear.',
      labelNames: ['method'],
      registers,
    }),
    called: new Histogram({
      name: 'grpc_client_handled_seconds',
      help: 'Time from the first attempt of a call to its outcome.',
      labelNames: ['service', 'method', 'code'],
      buckets: SECONDS,
      registers,
    }),
    attempts: new Counter({
      name: 'grpc_client_attempts_total',
      help: 'Attempts of calls, first ones and retries.',
      labelNames: ['service', 'instance', 'code'],
      registers,
    }),
    hedges: new Counter({
      name: 'grpc_client_hedges_total',
      help: 'Second attempts at reads that took longer than 95 % of their kind.',
      labelNames: ['service'],
      registers,
    }),
    instances: new Gauge({
      name: 'mesh_instances',
      help: 'Instances of a service that calls can go to.',
      labelNames: ['service'],
      registers,
    }),
    breaker: new Gauge({
      name: 'mesh_breaker_state',
      help: 'Circuit breaker of an instance: 0 closed, 1 half-open, 2 open.',
      labelNames: ['service', 'instance'],
      registers,
    }),
    statements: new Histogram({
      name: 'postgres_statement_seconds',
      help: 'Time of a statement, the wait for a connection included.',
      labelNames: ['statement', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
    reads: new Counter({
      name: 'postgres_reads_total',
      help: 'Reads that a database answered, by the role of the server.',
      labelNames: ['database', 'role'],
      registers,
    }),
  };
}
