import { invalidField } from './invalid-field.js';

const BATCH_DEFAULT = 1000;
const BATCH_MAX = 10_000;

/** An account as it was once it was made, changed, or about to be removed. */
export interface AccountVersion {
  readonly userId: number;
  readonly roles: readonly string[];
  readonly createdAt: Date;
  /** Of one account, later versions have later ones. */
  readonly changedAt: Date;
  readonly removed: boolean;
}

/** A subscription that began or ended. */
export interface SubscriptionChange {
  readonly subscriptionId: number;
  readonly userId: number;
  readonly flightCode: string;
  readonly createdAt: Date;
  /** Undefined in the change that says that it began. */
  readonly endedAt: Date | undefined;
}

/** That a flight update was published. */
export interface PublishedUpdate {
  readonly flightCode: string;
  readonly sequence: number;
  readonly publishedAt: Date;
}

/** What there was at a moment. */
export interface UserTotals {
  readonly users: number;
  /** That had begun and not ended. */
  readonly subscriptions: number;
  /** That had ever been published. */
  readonly flightUpdates: number;
}

/** What is told of the changes at a time, with the token to go on from after it. */
export type UserChangeMessage = { readonly token: string } & (
  | { readonly kind: 'accounts'; readonly accounts: readonly AccountVersion[] }
  | { readonly kind: 'subscriptions'; readonly subscriptions: readonly SubscriptionChange[] }
  | { readonly kind: 'flightUpdates'; readonly flightUpdates: readonly PublishedUpdate[] }
  | { readonly kind: 'checkpoint'; readonly asOf: Date; readonly totals: UserTotals }
);

/** Where somebody wants to begin. */
export interface UserChangeRequest {
  /** Empty for the first change of all. */
  readonly token: string;
  readonly batchSize: number;
  /** Whether to go on after the first checkpoint. */
  readonly follow: boolean;
}

/** Everything that ever changed. */
export interface UserChanges {
  /** @throws Fault INVALID_CHANGE_TOKEN, CHANGE_TOKEN_LOST */
  read(
    request: UserChangeRequest,
    caller: { readonly signal: AbortSignal },
  ): AsyncIterable<UserChangeMessage>;
}

/**
 * Parses how many changes a message may have: 0 for the default.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseBatchSize(size: number): number {
  if (size === 0) return BATCH_DEFAULT;
  if (size >= 1 && size <= BATCH_MAX) return size;
  throw invalidField('batch_size', `Batch size must be from 1 to ${BATCH_MAX}`);
}
