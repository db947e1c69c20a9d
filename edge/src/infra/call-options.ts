import { type CallOptions, remainingMs } from '@flight/mesh';
import type { Call } from '../domain/call.js';

/** A request's call as the mesh takes it. */
export function toCallOptions({ deadline, signal, requestId, token, traceparent }: Call): CallOptions {
  return { timeoutMs: remainingMs(deadline), signal, requestId, token, traceparent };
}
