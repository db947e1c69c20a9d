import { type Client, Fault, type FaultKind, type Logger, type ServiceCredential } from '@flight/mesh';
import type { FlightUpdateServiceDefinition } from '@flight/proto/user';
import { type StatusEvent, toRequestId, toUpdateText } from '../domain/status-event.js';
import type { Delivery } from './status-outbox.js';

/** How long user-service may take to store an update, in milliseconds. */
const TIMEOUT_MS = 2000;

/** What user-service will say again however often it is asked: the news itself is at fault. */
const FOR_GOOD: ReadonlySet<FaultKind> = new Set(['invalid_argument', 'failed_precondition', 'out_of_range']);

/** Tells user-service of changes of status. Never rejects. */
export function createFlightUpdateClient(parts: {
  readonly updates: Client<FlightUpdateServiceDefinition>;
  readonly credential: ServiceCredential;
  readonly log: Logger;
}): (event: StatusEvent, signal: AbortSignal) => Promise<Delivery> {
  const { updates, credential, log } = parts;
  return async (event, signal) => {
    const requestId = toRequestId(event);
    const update = { flightCode: event.flightCode, update: toUpdateText(event), requestId };
    try {
      const options = { credential: await credential.issue(), timeoutMs: TIMEOUT_MS, signal, requestId };
      await updates.publishFlightUpdate(update, options);
      return { kind: 'delivered' };
    } catch (error) {
      if (error instanceof Fault && FOR_GOOD.has(error.kind)) {
        log.error({ err: error, ...update }, 'news of a flight was refused for good and is parked');
        return { kind: 'refused', reason: `${error.reason}: ${error.message}` };
      }
      // The relay says once that nothing goes out; this is which and why, for whoever looks closer.
      log.debug({ err: error, ...update }, 'news of a flight did not get through');
      return { kind: 'failed' };
    }
  };
}
