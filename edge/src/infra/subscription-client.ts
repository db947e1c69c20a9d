import type { Client } from '@flight/mesh';
import type { UserServiceDefinition } from '@flight/proto/user';
import type { Subscriptions } from '../domain/subscriptions.js';
import { toCallOptions } from './call-options.js';

/** The subscriptions that the user service keeps. */
export function createSubscriptions(users: Client<UserServiceDefinition>): Subscriptions {
  return {
    async subscribe(flightCode, mutationId, call) {
      const request = { flightCode, requestId: mutationId };
      const { alreadySubscribed } = await users.subscribe(request, toCallOptions(call));
      return alreadySubscribed;
    },

    async unsubscribe(flightCode, mutationId, call) {
      await users.unsubscribe({ flightCode, requestId: mutationId }, toCallOptions(call));
    },

    async assertSubscribed(flightCode, call) {
      await users.getSubscription({ flightCode }, toCallOptions(call));
    },
  };
}
