import { traceIdOf } from '@flight/mesh';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { TrustProxy } from '../domain/client-network.js';
import { Refusal } from '../domain/refusal.js';
import { beginExchange, getExchange } from './exchange.js';
import type { RequestRecords } from './request-records.js';
import type { Route } from './route.js';
import { sendEmpty, sendRefusal } from './send.js';
import { type RouteSetting, serveRoute } from './serve-route.js';

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly setting: RouteSetting;
  readonly trustProxy: TrustProxy;
  readonly records: RequestRecords;
}

/** Makes the Express application of a table of routes: those, their other methods, and nothing else. */
export function createApp({ routes, setting, trustProxy, records }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy);
  app.use(beginExchange({ trustsProxy: trustProxy !== false, records }));
  for (const [path, siblings] of groupByPath(routes)) {
    const place = app.route(toExpressPath(path));
    for (const route of siblings) {
      place[toExpressMethod(route)](serveRoute(route, setting));
    }
    place.all(refuseMethod(path, siblings));
  }
  app.use((_request, _response, next) => next(new Refusal('NOTHING_HERE')));
  app.use(refuse(setting));
  return app;
}

function groupByPath(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) groups.set(route.path, [...(groups.get(route.path) ?? []), route]);
  return groups;
}

/** OpenAPI's `{user_id}` is Express' `:user_id`. */
function toExpressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function toExpressMethod(route: Route): 'get' | 'post' | 'patch' | 'delete' {
  return route.method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete';
}

function refuseMethod(path: string, siblings: readonly Route[]): RequestHandler {
  const methods = siblings.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const headers = { Allow: [...methods, 'OPTIONS'].join(', ') };
  return (request, response) => {
    getExchange(response).route = path;
    if (request.method === 'OPTIONS') sendEmpty(response, 204, headers);
    else sendRefusal(request, response, new Refusal('METHOD_NOT_ALLOWED'), headers);
  };
}

function refuse({ log }: RouteSetting): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    if (!(error instanceof Refusal)) {
      const { requestId, traceparent } = getExchange(response);
      log.error({ request_id: requestId, trace_id: traceIdOf(traceparent), err: error }, 'failed');
    }
    sendRefusal(request, response, error);
  };
}
