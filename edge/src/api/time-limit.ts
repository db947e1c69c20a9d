import type { Request, Response } from 'express';
import { Refusal } from '../domain/refusal.js';
import { chooseTimeLimitMs } from '../domain/time-limit.js';
import { findHeader, getExchange } from './exchange.js';
import { sendRefusal } from './send.js';

/**
 * How much longer than its deadline an answer may take, in milliseconds. The mesh ends calls at the
 * deadline and knows why; this clock is for everything else that may be slow: a trickling body, a hung store.
 */
const GRACE_MS = 20;

/** Until when an exchange may last. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Whether the client asked for less than the route's own time. */
  readonly impatient: boolean;
}

/**
 * Starts the clock of an exchange. When the time is over the client is told so and the work on it ends.
 *
 * @throws Refusal TIMEOUT_MALFORMED, TIMEOUT_OVER
 */
export function startClock(request: Request, response: Response, longestMs: number): Clock {
  const { arrivedAt, ending } = getExchange(response);
  const limitMs = chooseTimeLimitMs(longestMs, {
    grpcTimeout: findHeader(request, 'grpc-timeout'),
    requestTimeout: findHeader(request, 'x-request-timeout'),
  });
  const clock = setTimeout(() => {
    sendRefusal(request, response, new Refusal('TIMEOUT_OVER'));
    ending.abort();
  }, limitMs + GRACE_MS);
  response.once('close', () => clearTimeout(clock));
  return { deadline: arrivedAt + limitMs, impatient: limitMs < longestMs };
}
