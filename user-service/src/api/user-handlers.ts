import { randomUUID } from 'node:crypto';
import type { CallContext, Handlers, TokenVerifier } from '@flight/mesh';
import type { UserServiceDefinition } from '@flight/proto/user';
import { type Identity, parseUserId, requireOwnerOrStaff, userNotFound } from '../domain/access.js';
import { parseCredentials } from '../domain/credentials.js';
import { parseFlightCode } from '../domain/flight-code.js';
import type { StoredKey } from '../domain/keyring.js';
import { type ListSubscriptionsParts, listSubscriptions } from '../domain/list-subscriptions.js';
import type { PolicyRules } from '../domain/policy.js';
import { type RegisterParts, register } from '../domain/register.js';
import { parseRegistration } from '../domain/registration.js';
import { parseRequestId } from '../domain/request-id.js';
import { type SignInParts, signIn } from '../domain/sign-in.js';
import { simulatedFailure } from '../domain/simulated-failure.js';
import { subscriptionNotFound } from '../domain/subscription.js';
import { toWireKey, toWireSubscription, toWireUser } from './wire.js';

/** What the calls are carried out with. */
export interface UserHandlersParts extends RegisterParts, SignInParts, ListSubscriptionsParts {
  readonly rules: PolicyRules;
  readonly verifier: TokenVerifier;
  readonly publicKeys: () => readonly StoredKey[];
}

/** The calls of UserService; what each does is said in the contract. */
export function createUserHandlers(parts: UserHandlersParts): Handlers<UserServiceDefinition> {
  const { accounts, subscriptions, rules, verifier, publicKeys, now } = parts;

  function identify(call: CallContext): Promise<Identity> {
    return verifier.verify(call.token);
  }

  return {
    async register(request, call) {
      const wish = parseRegistration({ ...request, requestId: request.requestId || randomUUID() }, rules);
      return { userId: await register(parts, wish, call) };
    },

    async login(request, call) {
      const { userId, token } = await signIn(parts, parseCredentials(request), call);
      return { userId, accessToken: token.text, expireTime: token.expiresAt };
    },

    async getUser(request, call) {
      const identity = await identify(call);
      const userId = parseUserId(request.userId);
      requireOwnerOrStaff(identity, userId);
      const account = await accounts.findById(userId, call);
      if (!account) throw userNotFound(userId);
      return { user: toWireUser(account) };
    },

    async listSubscriptions(request, call) {
      // A token that is sent must be valid, even where none is asked for.
      const needed = rules.subscriptionsArePrivate || call.token !== undefined;
      const identity = needed ? await identify(call) : undefined;
      const userId = parseUserId(request.userId);
      if (identity && rules.subscriptionsArePrivate) requireOwnerOrStaff(identity, userId);
      const page = await listSubscriptions(parts, { ...request, userId }, call);
      return { subscriptions: page.subscriptions.map(toWireSubscription), nextPageToken: page.nextPageToken };
    },

    async subscribe(request, call) {
      const { userId } = await identify(call);
      const requestId = parseRequestId(request.requestId);
      const wish = { flightCode: parseFlightCode(request.flightCode), createdAt: new Date(now()) };
      const { subscription, alreadySubscribed } = await subscriptions.add(userId, wish, call);
      call.log.debug({ mutation: requestId, alreadySubscribed }, 'subscribed');
      return { subscription: toWireSubscription(subscription), alreadySubscribed };
    },

    async unsubscribe(request, call) {
      const { userId } = await identify(call);
      const requestId = parseRequestId(request.requestId);
      const removed = await subscriptions.remove(userId, parseFlightCode(request.flightCode), call);
      call.log.debug({ mutation: requestId, removed }, 'unsubscribed');
      return { removed };
    },

    async getSubscription(request, call) {
      const { userId } = await identify(call);
      const flightCode = parseFlightCode(request.flightCode);
      const subscription = await subscriptions.find(userId, flightCode, call);
      if (!subscription) throw subscriptionNotFound(userId, flightCode);
      return { subscription: toWireSubscription(subscription) };
    },

    async getJsonWebKeySet() {
      return { keys: publicKeys().map(toWireKey) };
    },

    async simulateFailure() {
      throw simulatedFailure();
    },
  };
}
