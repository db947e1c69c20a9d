import type { SpanEnd, Tracer } from '@flight/mesh';
import type { Request, Response } from 'express';
import { getExchange, statusOf } from './exchange.js';
import type { Route } from './route.js';

/**
 * Begins the span of an exchange, under which everything goes that is done for it, and ends it with the answer. What
 * balancers and monitors ask for every second has none. The address itself is left out: it holds the numbers of people.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function traceExchange(tracer: Tracer, route: Route, request: Request, response: Response): void {
  if (route.unlimited) return;
  const exchange = getExchange(response);
  const span = tracer.startSpan({
    name: `${route.method} ${route.path}`,
    kind: 'server',
    parent: exchange.traceparent,
    attributes: {
      'http.request.method': request.method,
      'http.route': route.path,
      request_id: exchange.requestId,
    },
  });
  exchange.traceparent = span.traceparent;
  response.once('close', () => span.end(toEnd(statusOf(response), exchange.refusedFor)));
}

/** By the conventions only what is answered 5xx is a failure of the server's. */
function toEnd(status: number, reason: string | undefined): SpanEnd {
  const attributes = {
    'http.response.status_code': status,
    ...(reason !== undefined && { reason }),
  };
  return { attributes, failure: status >= 500 ? (reason ?? String(status)) : undefined };
}
