import { z } from 'zod';
import { answer, defineRoute, type Route } from '../route.js';

/** What the process can tell those who run it. */
export interface Operations {
  /** The parts that are missing, each with its reason. Empty when the edge is ready. */
  missing(): Readonly<Record<string, string>>;
  /** All metrics in Prometheus' text format. */
  metrics(): Promise<string>;
  /** The text format's media type, version included. */
  readonly metricsType: string;
}

export function liveness(): Route {
  return defineRoute({
    method: 'GET',
    path: '/livez',
    operationId: 'getLiveness',
    tag: 'Operations',
    summary: 'Whether the process runs',
    auth: 'none',
    deadline: 'read',
    unlimited: true,
    answers: {
      200: {
        description: 'It runs.',
        schema: z.strictObject({ status: z.literal('alive') }),
        example: { status: 'alive' },
      },
    },
    async handle() {
      return answer(200, { status: 'alive' });
    },
  });
}

export function readinessRoute(operations: Operations): Route {
  return defineRoute({
    method: 'GET',
    path: '/readyz',
    operationId: 'getReadiness',
    tag: 'Operations',
    summary: 'Whether requests can be answered',
    description:
      'For balancers. Not ready: while an instance of a service is not known yet, and while stopping.',
    auth: 'none',
    deadline: 'read',
    unlimited: true,
    answers: {
      200: {
        description: 'Ready.',
        schema: z.strictObject({ status: z.literal('ready') }),
        example: { status: 'ready' },
      },
      503: {
        description: 'Not ready, and what is missing.',
        schema: z.strictObject({
          status: z.literal('waiting'),
          missing: z.record(z.string(), z.string()),
        }),
        example: { status: 'waiting', missing: { 'user-service': 'no instance is known' } },
      },
    },
    async handle() {
      const missing = operations.missing();
      return Object.keys(missing).length === 0
        ? answer(200, { status: 'ready' })
        : answer(503, { status: 'waiting', missing });
    },
  });
}

export function metricsRoute(operations: Operations): Route {
  return defineRoute({
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    tag: 'Operations',
    summary: "The process's metrics",
    description: "In Prometheus' text format.",
    auth: 'none',
    deadline: 'read',
    unlimited: true,
    answers: {
      200: {
        description: 'All metrics.',
        schema: z.string(),
        example: '# TYPE edge_requests_in_flight gauge\nedge_requests_in_flight 1\n',
        contentType: operations.metricsType,
      },
    },
    async handle() {
      return answer(200, await operations.metrics());
    },
  });
}
