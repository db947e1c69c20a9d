import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { findTraceparent } from '@flight/mesh';
import type { Request, RequestHandler, Response } from 'express';
import { toClientNetwork } from '../domain/client-network.js';
import { Refusal } from '../domain/refusal.js';
import { findRequestId } from '../domain/request-names.js';
import type { RequestRecords } from './request-records.js';

/** A request and its answer, from the first byte to the last. */
export interface Exchange {
  readonly requestId: string;
  /** W3C traceparent as it came, when it is well-formed; of the request's own span once it has one. */
  traceparent: string | undefined;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** Milliseconds on the monotonic clock. */
  readonly startedAt: number;
  /** Whom the request comes from, as counted for limits. */
  readonly network: string;
  /** Template of the route that took it; undefined while none did. */
  route: string | undefined;
  /** Why it was refused, for the log. */
  refusedFor: string | undefined;
  /** Ends the work on it: the client went away or its time is over. */
  readonly ending: AbortController;
}

/** The status that the metrics and the log show for a client that went away before its answer. */
const CLIENT_GONE = 499;

export interface ExchangeOptions {
  /** Whether the client's address comes from X-Forwarded-For, by the app's `trust proxy` setting. */
  readonly trustsProxy: boolean;
  readonly records: RequestRecords;
}

/**
 * Begins an exchange: names it, answers with its name, watches for its end, and refuses addresses that can't be read.
 */
export function beginExchange({ trustsProxy, records }: ExchangeOptions): RequestHandler {
  return (request, response, next) => {
    const exchange: Exchange = {
      requestId: findRequestId(findHeader(request, 'x-request-id')) ?? randomUUID(),
      traceparent: findTraceparent(findHeader(request, 'traceparent')),
      arrivedAt: Date.now(),
      startedAt: performance.now(),
      network: toClientNetwork((trustsProxy ? request.ip : request.socket.remoteAddress) ?? ''),
      route: undefined,
      refusedFor: undefined,
      ending: new AbortController(),
    };
    response.locals.exchange = exchange;
    records.began();
    response.once('close', () => {
      if (!response.writableFinished) exchange.ending.abort();
      records.over(exchange, request.method, statusOf(response));
    });
    next(isReadable(request.url) ? undefined : new Refusal('URL_MALFORMED'));
  };
}

/** The status that a closed response was given, or 499 for a client that went away before. */
export function statusOf({ writableFinished, headersSent, statusCode }: Response): number {
  return writableFinished || headersSent ? statusCode : CLIENT_GONE;
}

/** The exchange that a response belongs to. */
export function getExchange(response: Response): Exchange {
  return response.locals.exchange as Exchange;
}

/** A header that is to come once. Node joins repeated ones with commas. */
export function findHeader(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function isReadable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    // Malformed percent-encoding, or bytes that are not UTF-8.
    return false;
  }
}
