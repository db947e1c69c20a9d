import {
  type CallContext,
  implement,
  type ServiceBinding,
  type ServiceCredential,
  type TokenVerifier,
} from '@flight/mesh';
import { BookingChangeServiceDefinition } from '@flight/proto/booking';
import { assertMayReadChanges } from '../domain/access.js';
import type { BookingChanges } from '../domain/booking-changes.js';
import { parseBatchSize } from './fields.js';
import { toWireChanges } from './wire-changes.js';

/** flight.booking.v1.BookingChangeService. */
export function createBookingChangeApi(parts: {
  readonly changes: BookingChanges;
  readonly tokens: TokenVerifier;
  readonly credentials: Pick<ServiceCredential, 'verify'>;
}): ServiceBinding {
  const { changes, tokens, credentials } = parts;

  async function assertReader(call: CallContext): Promise<void> {
    if (call.credential !== undefined) await credentials.verify(call.credential);
    else assertMayReadChanges(await tokens.verify(call.token));
  }

  return implement(BookingChangeServiceDefinition, {
    async *streamBookingChanges({ token, batchSize, follow }, call) {
      await assertReader(call);
      const request = { token, batchSize: parseBatchSize(batchSize), follow };
      for await (const message of changes.read(request, call)) yield toWireChanges(message);
    },
  });
}
