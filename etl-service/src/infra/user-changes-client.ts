import type { Client, ServiceCredential } from '@flight/mesh';
import type {
  FlightUpdateChange,
  StreamUserChangesResponse,
  SubscriptionChange,
  UserChange,
  UserChangeServiceDefinition,
  UserCheckpoint,
} from '@flight/proto/user';
import type {
  ChangeBatch,
  Checkpoint,
  PublishedUpdate,
  SubscriptionState,
  UserState,
} from '../domain/changes.js';
import { getPart, toChanges } from './wire-changes.js';

const STAFF = 'staff';

/** Streams the changes of user-service. */
export function createUserChangesClient(parts: {
  readonly changes: Client<UserChangeServiceDefinition>;
  readonly credential: ServiceCredential;
  /** Changes a message at most. */
  readonly batchSize: number;
}): (token: string, signal: AbortSignal) => AsyncIterable<ChangeBatch> {
  const { changes, credential, batchSize } = parts;
  return async function* (token, signal) {
    const options = { credential: await credential.issue(), signal };
    const messages = changes.streamUserChanges({ token, batchSize, follow: false }, options);
    for await (const message of messages) yield toBatch(message);
  };
}

function toBatch(message: StreamUserChangesResponse): ChangeBatch {
  const { users, subscriptions, flightUpdates, token, checkpoint } = message;
  return {
    changes: toChanges({
      users: users.map(toUser),
      subscriptions: subscriptions.map(toSubscription),
      flightUpdates: flightUpdates.map(toUpdate),
    }),
    token,
    checkpoint: checkpoint && toCheckpoint(checkpoint),
  };
}

function toUser({ userId, roles, createTime, changeTime, removed }: UserChange): UserState {
  return {
    userId,
    staff: roles.includes(STAFF),
    createdAt: getPart(createTime, 'create_time'),
    changedAt: getPart(changeTime, 'change_time'),
    removed,
  };
}

function toSubscription(subscription: SubscriptionChange): SubscriptionState {
  const { subscriptionId, userId, flightCode, createTime, endTime } = subscription;
  const subscribedAt = getPart(createTime, 'create_time');
  return { subscriptionId, userId, flightCode, subscribedAt, endedAt: endTime };
}

function toUpdate({ flightCode, sequence, createTime }: FlightUpdateChange): PublishedUpdate {
  return { flightCode, sequence, publishedAt: getPart(createTime, 'create_time') };
}

function toCheckpoint({ asOf, users, subscriptions, flightUpdates }: UserCheckpoint): Checkpoint {
  return {
    asOf: getPart(asOf, 'as_of'),
    counts: { users, subscriptions, flight_updates: flightUpdates },
  };
}
