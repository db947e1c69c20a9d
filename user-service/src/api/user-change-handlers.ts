import type { CallContext, Handlers, ServiceCredential, TokenVerifier } from '@flight/mesh';
import type { StreamUserChangesResponse, UserChangeServiceDefinition } from '@flight/proto/user';
import { requireStaff } from '../domain/access.js';
import { parseBatchSize, type UserChangeMessage, type UserChanges } from '../domain/user-changes.js';
import { toWireFlightUpdateChange, toWireSubscriptionChange, toWireUserChange } from './wire.js';

/** What the calls are carried out with. */
export interface UserChangeHandlersParts {
  readonly changes: UserChanges;
  readonly verifier: TokenVerifier;
  readonly credentials: Pick<ServiceCredential, 'verify'>;
}

/** The calls of UserChangeService; what each does is said in the contract. */
export function createUserChangeHandlers({
  changes,
  verifier,
  credentials,
}: UserChangeHandlersParts): Handlers<UserChangeServiceDefinition> {
  async function requireReader(call: CallContext): Promise<void> {
    if (call.credential !== undefined) await credentials.verify(call.credential);
    else requireStaff(await verifier.verify(call.token), 'follow the changes');
  }

  return {
    async *streamUserChanges({ token, batchSize, follow }, call) {
      await requireReader(call);
      const request = { token, batchSize: parseBatchSize(batchSize), follow };
      for await (const message of changes.read(request, call)) yield toWire(message);
    },
  };
}

function toWire(message: UserChangeMessage): StreamUserChangesResponse {
  const { token } = message;
  const empty = { users: [], subscriptions: [], flightUpdates: [], token, checkpoint: undefined };
  switch (message.kind) {
    case 'accounts':
      return { ...empty, users: message.accounts.map(toWireUserChange) };
    case 'subscriptions':
      return { ...empty, subscriptions: message.subscriptions.map(toWireSubscriptionChange) };
    case 'flightUpdates':
      return { ...empty, flightUpdates: message.flightUpdates.map(toWireFlightUpdateChange) };
    case 'checkpoint':
      return { ...empty, checkpoint: { asOf: message.asOf, ...message.totals } };
  }
}
