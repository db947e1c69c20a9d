import { createServiceCredential, implement, type ServiceBinding } from '@flight/mesh';
import {
  type FlightUpdateChange,
  type SubscriptionChange,
  type UserChange,
  UserChangeServiceDefinition,
  type UserCheckpoint,
} from '@flight/proto/user';
import { createFeedScript, type FeedScript } from './feed-script.js';

export type UserSourceChange =
  | { readonly kind: 'user'; readonly user: UserChange }
  | { readonly kind: 'subscription'; readonly subscription: SubscriptionChange }
  | { readonly kind: 'update'; readonly update: FlightUpdateChange };

/** UserChangeService over changes that a test makes. */
export interface UserSource extends FeedScript<UserSourceChange> {
  readonly binding: ServiceBinding;
}

const RANKS = { user: 0, subscription: 1, update: 2 } as const;
const CREATED = new Date('2024-08-01T10:00:00Z');

/** @param secret what callers' credentials are proved by */
export function createUserSource(secret: string): UserSource {
  const script = createFeedScript<UserSourceChange>(({ kind }) => RANKS[kind]);
  const credentials = createServiceCredential({ service: 'user-service', secret });

  function toCheckpoint(upTo: number): UserCheckpoint {
    const told = script.changes.slice(0, upTo);
    const users = told.flatMap((change) => (change.kind === 'user' ? [change.user] : []));
    const subscriptions = told.flatMap((change) =>
      change.kind === 'subscription' ? [change.subscription] : [],
    );
    return {
      asOf: new Date(),
      users: lastOf(users, ({ userId }) => userId).filter(({ removed }) => !removed).length,
      subscriptions: lastOf(subscriptions, ({ subscriptionId }) => subscriptionId).filter(
        ({ endTime }) => endTime === undefined,
      ).length,
      flightUpdates: told.filter(({ kind }) => kind === 'update').length,
    };
  }

  return {
    ...script,
    binding: implement(UserChangeServiceDefinition, {
      async *streamUserChanges(request, call) {
        await credentials.verify(call.credential);
        for await (const { changes, token, upTo } of script.stream(request))
          yield {
            users: changes.flatMap((change) => (change.kind === 'user' ? [change.user] : [])),
            subscriptions: changes.flatMap((change) =>
              change.kind === 'subscription' ? [change.subscription] : [],
            ),
            flightUpdates: changes.flatMap((change) => (change.kind === 'update' ? [change.update] : [])),
            token,
            checkpoint: upTo === undefined ? undefined : toCheckpoint(upTo),
          };
      },
    }),
  };
}

function lastOf<T>(changes: readonly T[], keyOf: (change: T) => number): readonly T[] {
  return [...new Map(changes.map((change) => [keyOf(change), change])).values()];
}

export function userAdded(userId: number): UserSourceChange {
  const user = { userId, roles: [], createTime: CREATED, changeTime: CREATED, removed: false };
  return { kind: 'user', user };
}

/** Users, each subscribed to a flight of which so many updates were published. */
export function informedUsers(flightCode: string, users: number): readonly UserSourceChange[] {
  const ids = Array.from({ length: users }, (_, index) => index + 1);
  return ids.flatMap((id): UserSourceChange[] => [
    userAdded(id),
    {
      kind: 'subscription',
      subscription: {
        subscriptionId: id,
        userId: id,
        flightCode,
        createTime: CREATED,
        endTime: undefined,
      },
    },
    { kind: 'update', update: { flightCode, sequence: id, createTime: CREATED } },
  ]);
}
