import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { Caller } from './caller.js';

/** A user's standing wish to be told about a flight. */
export interface Subscription {
  readonly flightCode: string;
  readonly createdAt: Date;
}

/** The subscription that is stored now, and whether it was before. */
export interface Subscribed {
  readonly subscription: Subscription;
  readonly alreadySubscribed: boolean;
}

/** Where subscriptions are kept: one for each user and flight. */
export interface Subscriptions {
  /** @throws Fault USER_NOT_FOUND */
  add(userId: number, wish: Subscription, caller: Caller): Promise<Subscribed>;
  find(userId: number, flightCode: string, caller: Caller): Promise<Subscription | undefined>;
  /** Answers whether there was one to remove. */
  remove(userId: number, flightCode: string, caller: Caller): Promise<boolean>;
  /**
   * Lists a user's subscriptions by flight code.
   *
   * @param after lists what comes after this code; empty for the start
   * @throws Fault USER_NOT_FOUND
   */
  list(userId: number, after: string, limit: number, caller: Caller): Promise<readonly Subscription[]>;
}

/** The refusal of a flight that a user is not subscribed to. */
export function subscriptionNotFound(userId: number, flightCode: string): Fault<Reason> {
  const message = `User ${userId} is not subscribed to flight ${flightCode}.`;
  const facts = { user_id: String(userId), flight_code: flightCode };
  return new Fault('not_found', 'SUBSCRIPTION_NOT_FOUND', message, facts);
}
