import type { Call } from './call.js';

/** The subscriptions of whoever the call's token belongs to. Every method rejects with a Fault. */
export interface Subscriptions {
  /** @returns whether it was there before */
  subscribe(flightCode: string, mutationId: string, call: Call): Promise<boolean>;
  unsubscribe(flightCode: string, mutationId: string, call: Call): Promise<void>;
  /** Rejects with SUBSCRIPTION_NOT_FOUND when there is none. */
  assertSubscribed(flightCode: string, call: Call): Promise<void>;
}
