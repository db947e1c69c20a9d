import { type CallContext, createTokenVerifier, Fault, type Handlers } from '@flight/mesh';
import type { UserServiceDefinition } from '@flight/proto/user';
import type { TokenSigner } from './tokens.js';

type SubscriptionHandlers = Pick<
  Handlers<UserServiceDefinition>,
  'subscribe' | 'unsubscribe' | 'getSubscription'
>;

/** A user service's subscriptions in memory. */
export function keepSubscriptions(signer: TokenSigner): SubscriptionHandlers {
  const kept = new Map<string, Date>();
  const keys = async () => [signer.key];
  const tokens = createTokenVerifier({ keys, issuer: 'flight-booking', audience: 'flight-booking' });

  async function name(flightCode: string, { token }: CallContext) {
    const { userId } = await tokens.verify(token);
    return { userId, key: `${userId} ${flightCode}` };
  }

  return {
    async subscribe({ flightCode }, call) {
      const { key } = await name(flightCode, call);
      const createTime = kept.get(key) ?? new Date();
      const alreadySubscribed = kept.has(key);
      kept.set(key, createTime);
      return { subscription: { flightCode, createTime }, alreadySubscribed };
    },
    async unsubscribe({ flightCode }, call) {
      const { key } = await name(flightCode, call);
      return { removed: kept.delete(key) };
    },
    async getSubscription({ flightCode }, call) {
      const { userId, key } = await name(flightCode, call);
      const createTime = kept.get(key);
      if (createTime === undefined) {
        const message = `User ${userId} is not subscribed to flight ${flightCode}.`;
        throw new Fault('not_found', 'SUBSCRIPTION_NOT_FOUND', message);
      }
      return { subscription: { flightCode, createTime } };
    },
  };
}
