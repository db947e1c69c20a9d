import type {
  FlightUpdateChange,
  StreamUserChangesResponse,
  SubscriptionChange,
  UserChange,
  UserCheckpoint,
} from '@flight/proto/user';
import { expect } from 'chai';
import type { ChangeClient } from './user-bed.js';

/** What a stream of changes told, in its order. */
export interface TakenChanges {
  readonly users: readonly UserChange[];
  readonly subscriptions: readonly SubscriptionChange[];
  readonly flightUpdates: readonly FlightUpdateChange[];
  readonly messages: readonly StreamUserChangesResponse[];
  readonly checkpoint: UserCheckpoint;
  /** Of the last message. */
  readonly token: string;
}

/** Takes everything after a token, up to the first checkpoint. */
export async function takeChanges(
  changes: ChangeClient,
  credential: string,
  token = '',
  batchSize = 0,
): Promise<TakenChanges> {
  const messages: StreamUserChangesResponse[] = [];
  const request = { token, batchSize, follow: false };
  for await (const message of changes.streamUserChanges(request, { credential })) messages.push(message);
  return toTaken(messages);
}

/** @throws AssertionError when the messages don't end with their only checkpoint */
export function toTaken(messages: readonly StreamUserChangesResponse[]): TakenChanges {
  const last = messages.at(-1);
  expect(messages.filter(({ checkpoint }) => checkpoint !== undefined)).to.deep.equal([last]);
  if (last?.checkpoint === undefined) return expect.fail('no checkpoint');
  return {
    users: messages.flatMap(({ users }) => users),
    subscriptions: messages.flatMap(({ subscriptions }) => subscriptions),
    flightUpdates: messages.flatMap(({ flightUpdates }) => flightUpdates),
    messages,
    checkpoint: last.checkpoint,
    token: last.token,
  };
}

/** What a copy that was made of changes alone has in the end, in whatever order they came. */
export function applyChanges({
  users,
  subscriptions,
  flightUpdates,
}: Pick<TakenChanges, 'users' | 'subscriptions' | 'flightUpdates'>) {
  const accounts = new Map<number, UserChange>();
  for (const user of users) {
    const known = accounts.get(user.userId);
    if (!known || toMs(known.changeTime) < toMs(user.changeTime)) accounts.set(user.userId, user);
  }
  const ended = new Set(
    subscriptions.filter(({ endTime }) => endTime).map(({ subscriptionId }) => subscriptionId),
  );
  return {
    accounts: [...accounts.values()].filter(({ removed }) => !removed).sort((a, b) => a.userId - b.userId),
    subscriptions: subscriptions
      .filter(({ subscriptionId }) => !ended.has(subscriptionId))
      .sort((a, b) => a.subscriptionId - b.subscriptionId),
    updates: flightUpdates.map(({ flightCode, sequence }) => `${flightCode} ${sequence}`).sort(),
  };
}

function toMs(time: Date | undefined): number {
  return time?.getTime() ?? Number.NaN;
}
