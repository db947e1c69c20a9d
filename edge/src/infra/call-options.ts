import { type CallOptions, remainingMs } from '@flight/mesh';
import type { Call } from '../domain/call.js';

/** A request's call as the mesh takes it. */
export function toCallOptions({ deadline, ...call }: Call): CallOptions {
  const { impatient, signal, requestId, token, traceparent } = call;
  return { timeoutMs: remainingMs(deadline), impatient, signal, requestId, token, traceparent };
}
