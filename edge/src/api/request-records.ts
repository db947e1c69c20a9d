import { performance } from 'node:perf_hooks';
import { type Logger, traceIdOf } from '@flight/mesh';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Exchange } from './exchange.js';

/** Metrics and log of the exchanges. */
export interface RequestRecords {
  began(): void;
  /** @param status what was answered, or 499 for a client that went away before */
  over(exchange: Exchange, method: string, status: number): void;
}

export interface RequestRecordOptions {
  readonly registry: Registry;
  readonly log: Logger;
  /** Which part of the answers below 500 is logged, from 0 to 1. Those from 500 up are logged all. */
  readonly sample: number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** A client may invent methods; metrics have a label for each that means something here. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Keeps rate, errors and duration by route. A route is its template and an address that no route has is `unknown`, so
 * that neither addresses nor identifiers of people get into metrics or logs.
 */
export function createRequestRecords({ registry, log, sample }: RequestRecordOptions): RequestRecords {
  const durations = new Histogram({
    name: 'edge_request_seconds',
    help: 'Time from the arrival of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: 'edge_requests_in_flight',
    help: 'Requests that are not answered yet.',
    registers: [registry],
  });
  return {
    began() {
      inFlight.inc();
    },
    over({ requestId, traceparent, startedAt, route = 'unknown', refusedFor }, asked, status) {
      const method = METHODS.has(asked) ? asked : 'other';
      const tookMs = performance.now() - startedAt;
      inFlight.dec();
      durations.observe({ method, route, status: String(status) }, tookMs / 1000);
      if (status < 500 && Math.random() >= sample) return;
      const entry = {
        request_id: requestId,
        trace_id: traceIdOf(traceparent),
        method,
        route,
        status,
        reason: refusedFor,
        ms: Math.round(tookMs),
      };
      if (status >= 500) log.warn(entry, 'answered');
      else log.info(entry, 'answered');
    },
  };
}
