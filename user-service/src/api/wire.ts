import type {
  FlightUpdateChange,
  FollowFlightUpdatesResponse,
  JsonWebKey,
  User,
  UserChange,
  FlightUpdate as WireFlightUpdate,
  Subscription as WireSubscription,
  SubscriptionChange as WireSubscriptionChange,
} from '@flight/proto/user';
import type { Account } from '../domain/account.js';
import type { FlightUpdate } from '../domain/flight-update.js';
import type { FollowMessage } from '../domain/follow-updates.js';
import type { StoredKey } from '../domain/keyring.js';
import type { Subscription } from '../domain/subscription.js';
import type { AccountVersion, PublishedUpdate, SubscriptionChange } from '../domain/user-changes.js';

export function toWireUser({ id, username, email, roles, createdAt }: Account): User {
  return { id, username, email, roles, createTime: createdAt };
}

export function toWireSubscription({ flightCode, createdAt }: Subscription): WireSubscription {
  return { flightCode, createTime: createdAt };
}

export function toWireFlightUpdate({
  flightCode,
  sequence,
  text,
  createdAt,
}: FlightUpdate): WireFlightUpdate {
  return { flightCode, sequence, update: text, createTime: createdAt };
}

export function toWireFollowed(message: FollowMessage): FollowFlightUpdatesResponse {
  const empty = { flightUpdate: undefined, position: undefined };
  switch (message.kind) {
    case 'began':
      return { ...empty, position: message.position };
    case 'update':
      return { ...empty, flightUpdate: toWireFlightUpdate(message.update) };
    case 'silence':
      return empty;
  }
}

export function toWireUserChange({ createdAt, changedAt, ...rest }: AccountVersion): UserChange {
  return { ...rest, createTime: createdAt, changeTime: changedAt };
}

export function toWireSubscriptionChange(change: SubscriptionChange): WireSubscriptionChange {
  const { createdAt, endedAt, ...rest } = change;
  return { ...rest, createTime: createdAt, endTime: endedAt };
}

export function toWireFlightUpdateChange({ publishedAt, ...rest }: PublishedUpdate): FlightUpdateChange {
  return { ...rest, createTime: publishedAt };
}

export function toWireKey({
  kid,
  algorithm,
  publicJwk,
}: Pick<StoredKey, 'kid' | 'algorithm' | 'publicJwk'>): JsonWebKey {
  const { kty, crv, x, y = '' } = publicJwk;
  return { kid, kty, crv, x, y, alg: algorithm, use: 'sig' };
}
