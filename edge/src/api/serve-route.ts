import { randomUUID } from 'node:crypto';
import { type Logger, type TokenVerifier, type Tracer, traceIdOf } from '@flight/mesh';
import type { Request, RequestHandler, Response } from 'express';
import { toProblem } from '../domain/problem.js';
import type { RequestLimit } from '../domain/request-limit.js';
import { parseIdempotencyKey } from '../domain/request-names.js';
import type { TimeLimits } from '../domain/time-limit.js';
import { authenticate } from './authentication.js';
import { findHeader, getExchange } from './exchange.js';
import { readJsonBody } from './json-body.js';
import type { Answer, Route } from './route.js';
import { sendAnswer, sendRefusal } from './send.js';
import { startClock } from './time-limit.js';
import { traceExchange } from './trace-exchange.js';
import { parseFields, parseParams } from './validation.js';

/** What all routes are served with. */
export interface RouteSetting {
  readonly verifier: TokenVerifier;
  readonly timeLimits: TimeLimits;
  readonly requestLimit: RequestLimit;
  readonly log: Logger;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
}

/** Makes the handler that serves one row of the table. */
export function serveRoute(route: Route, setting: RouteSetting): RequestHandler {
  return async (request, response) => {
    getExchange(response).route = route.path;
    if (setting.tracer) traceExchange(setting.tracer, route, request, response);
    try {
      const answer = await perform(route, setting, request, response);
      sendAnswer(response, answer, route.answers[answer.status]);
    } catch (error) {
      logFailure(error, response, setting.log);
      sendRefusal(request, response, error);
    }
  };
}

/** Everything from outside is checked here, cheapest and least telling first; then the handler works with values. */
async function perform(
  route: Route,
  setting: RouteSetting,
  request: Request,
  response: Response,
): Promise<Answer> {
  const { network, requestId, traceparent, ending } = getExchange(response);
  if (!route.unlimited) await setting.requestLimit.admit(network);
  const params = route.params && parseParams(route.params, request.params);
  const clock = startClock(request, response, setting.timeLimits[route.deadline]);
  const key = route.takesIdempotencyKey
    ? parseIdempotencyKey(findHeader(request, 'idempotency-key'))
    : undefined;
  const { identity, token } = await authenticate(route.auth, request.headers.authorization, setting.verifier);
  const query = route.query && parseFields(route.query, request.query, route.missing);
  const body = route.body && parseFields(route.body, await readJsonBody(request), route.missing);
  return route.handle({
    params,
    query,
    body,
    identity,
    network,
    // A random name can't be guessed, so a client's key never meets one that was made here.
    mutationId: key ?? randomUUID(),
    call: {
      ...clock,
      signal: ending.signal,
      requestId,
      token,
      traceparent,
    },
  });
}

/** Defects are logged whole. Other failures show in the access log with their reason. */
function logFailure(error: unknown, response: Response, log: Logger): void {
  if (toProblem(error).status !== 500) return;
  const { requestId, traceparent, route } = getExchange(response);
  log.error({ request_id: requestId, trace_id: traceIdOf(traceparent), route, err: error }, 'failed');
}
