import { pause } from '../deadline.js';
import { Fault } from '../fault.js';
import type { CallContext } from './call-context.js';
import type { Streaming, Unary } from './handler.js';
import { type InjectedFaults, strike } from './injected-faults.js';

/** The unary handler as the injected faults let it be. */
export function withInjectedFaults(faults: InjectedFaults, method: string, handler: Unary): Unary {
  return async (request, call) => {
    await suffer(faults, method, call);
    return handler(request, call);
  };
}

/** The streaming handler as the injected faults let it begin. */
export function withInjectedStreamFaults(
  faults: InjectedFaults,
  method: string,
  handler: Streaming,
): Streaming {
  return async function* (request, call) {
    await suffer(faults, method, call);
    yield* handler(request, call);
  };
}

/**
 * Lets a call have what was injected for its method.
 *
 * @throws Fault INJECTED_FAULT; the signal's reason when the caller leaves or the deadline is over meanwhile
 */
async function suffer(faults: InjectedFaults, method: string, call: CallContext): Promise<void> {
  const fault = faults.find(method, Date.now());
  if (fault === undefined) return;
  if (fault.latencyMs > 0) await pause(fault.latencyMs, call.signal);
  call.signal.throwIfAborted();
  switch (strike(fault, Math.random())) {
    case 'serve':
      return;
    case 'fail':
      throw new Fault(fault.kind, 'INJECTED_FAULT', 'This fault was injected for a drill');
    case 'swallow':
      return untilGone(call.signal);
  }
}

/** Rejects when the signal aborts, and never does anything else. */
function untilGone(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
