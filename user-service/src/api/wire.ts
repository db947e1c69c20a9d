import type {
  JsonWebKey,
  User,
  FlightUpdate as WireFlightUpdate,
  Subscription as WireSubscription,
} from '@flight/proto/user';
import type { Account } from '../domain/account.js';
import type { FlightUpdate } from '../domain/flight-update.js';
import type { StoredKey } from '../domain/keyring.js';
import type { Subscription } from '../domain/subscription.js';

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

export function toWireKey({
  kid,
  algorithm,
  publicJwk,
}: Pick<StoredKey, 'kid' | 'algorithm' | 'publicJwk'>): JsonWebKey {
  const { kty, crv, x, y = '' } = publicJwk;
  return { kid, kty, crv, x, y, alg: algorithm, use: 'sig' };
}
