import type { Request, Response } from 'express';
import { Refusal } from '../domain/refusal.js';
import { chooseTimeLimitMs } from '../domain/time-limit.js';
import { findHeader, getExchange } from './exchange.js';
import { sendRefusal } from './send.js';

/**
 * How much longer than the route's own deadline an answer may take, in milliseconds. The mesh ends calls at the
 * deadline and knows why; this clock is for everything else that may be slow: a trickling body, a hung store.
 */
const GRACE_MS = 20;

/**
 * How long before a deadline of the client's own it is told, in milliseconds. So it still hears it; and the mesh sees
 * a caller who left instead of an instance that was too slow, or impatient strangers could open breakers at will.
 */
const EARLY_MS = 5;

/**
 * Starts the clock of an exchange. When the time is over the client is told so and the work on it ends.
 *
 * @returns the deadline, in milliseconds since the epoch
 * @throws Refusal TIMEOUT_MALFORMED, TIMEOUT_OVER
 */
export function startClock(request: Request, response: Response, longestMs: number): number {
  const { arrivedAt, ending } = getExchange(response);
  const limitMs = chooseTimeLimitMs(longestMs, {
    grpcTimeout: findHeader(request, 'grpc-timeout'),
    requestTimeout: findHeader(request, 'x-request-timeout'),
  });
  const clock = setTimeout(
    () => {
      sendRefusal(request, response, new Refusal('TIMEOUT_OVER'));
      ending.abort();
    },
    toRingMs(limitMs, longestMs),
  );
  response.once('close', () => clearTimeout(clock));
  return arrivedAt + limitMs;
}

function toRingMs(limitMs: number, longestMs: number): number {
  return limitMs < longestMs ? Math.max(limitMs - EARLY_MS, limitMs / 2) : limitMs + GRACE_MS;
}
