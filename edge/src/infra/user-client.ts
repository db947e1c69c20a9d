import type { Client } from '@flight/mesh';
import type { UserServiceDefinition } from '@flight/proto/user';
import type { Accounts, KeySet } from '../domain/accounts.js';
import type { Call } from '../domain/call.js';
import { toCallOptions } from './call-options.js';
import { collectPages, PAGE_SIZE } from './collect-pages.js';

type UserService = Client<UserServiceDefinition>;

/** The accounts that the user service keeps. */
export function createAccounts(users: UserService): Accounts {
  return {
    async register(account, mutationId, call) {
      const { userId } = await users.register({ ...account, requestId: mutationId }, toCallOptions(call));
      return userId;
    },

    async signIn(credentials, call) {
      const { userId, accessToken } = await users.login(credentials, toCallOptions(call));
      return { userId, token: accessToken };
    },

    listSubscriptions(userId, start, call) {
      return collectPages(start, async (pageToken) => {
        const request = { userId, pageSize: PAGE_SIZE, pageToken };
        const { subscriptions, nextPageToken } = await users.listSubscriptions(request, toCallOptions(call));
        return { items: subscriptions.map(({ flightCode }) => flightCode), nextPageToken };
      });
    },

    async simulateFailure(instance, call) {
      await users.simulateFailure({}, { ...toCallOptions(call), instance });
      throw new Error('the user service answered a call for a failure');
    },
  };
}

/** How long the verifier of tokens waits for keys, in milliseconds. */
const KEYS_TIMEOUT_MS = 1000;

/** Fetches the keys that tokens are verified with, for one request or, without a call, for all to come. */
export async function fetchKeys(users: UserService, call?: Call): Promise<KeySet> {
  const options = call ? toCallOptions(call) : { timeoutMs: KEYS_TIMEOUT_MS };
  const { keys } = await users.getJsonWebKeySet({}, options);
  return keys.map((key) => Object.fromEntries(Object.entries(key).filter(([, value]) => value !== '')));
}
