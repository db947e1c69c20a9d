import type { Call, Page } from './call.js';

/** A new account as the user asked for it. */
export interface NewAccount {
  readonly username: string;
  readonly password: string;
  readonly email: string;
}

/** A name and the password that is to prove it. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A successful sign-in. */
export interface SignedIn {
  readonly userId: number;
  readonly token: string;
}

/** Accounts and their subscriptions, as the edge needs them. Every method rejects with a Fault. */
export interface Accounts {
  /**
   * Makes an account.
   *
   * @param mutationId names this registration, so that it can be repeated safely
   * @returns the account's id
   */
  register(account: NewAccount, mutationId: string, call: Call): Promise<number>;
  signIn(credentials: Credentials, call: Call): Promise<SignedIn>;
  /** Lists the codes of the flights that a user subscribed to. */
  listSubscriptions(userId: number, pageToken: string, call: Call): Promise<Page<string>>;
  /** Asks one instance for a failure; so it always rejects. */
  simulateFailure(instance: string, call: Call): Promise<never>;
}

/** Public keys that tokens are verified with, as RFC 7517 writes them. */
export type KeySet = readonly Readonly<Record<string, string>>[];
