import { Refusal } from './refusal.js';

/** How many failed sign-ins are borne, and for how long they are remembered. */
export interface SignInLimits {
  /** Failures of one account from one address. */
  readonly accountAndAddress: number;
  /** Failures of one account from all addresses that it has not signed in from. */
  readonly account: number;
  /** Failures of one address, whatever the account. */
  readonly address: number;
  readonly windowMs: number;
  /** How long an address that an account signed in from stays familiar. */
  readonly familiarMs: number;
}

/** Counts by key, and forgets a count some time after it began. Never rejects. */
export interface Counter {
  /** How much a key was counted and for how long that stands, in milliseconds. */
  read(key: readonly string[]): Promise<{ readonly count: number; readonly msLeft: number }>;
  add(key: readonly string[]): Promise<void>;
  /** Counts anew from one. */
  restart(key: readonly string[]): Promise<void>;
  forget(key: readonly string[]): Promise<void>;
}

/** What is counted of sign-ins: failures by account and address, account, and address; and successes by both. */
export type SignInCounters = Readonly<Record<'pairs' | 'accounts' | 'addresses' | 'familiar', Counter>>;

/** Ends the guessing of passwords. */
export interface SignInGuard {
  /** @throws Refusal TOO_MANY_SIGN_INS */
  admit(username: string, address: string): Promise<void>;
  failed(username: string, address: string): Promise<void>;
  succeeded(username: string, address: string): Promise<void>;
}

/**
 * Makes a guard of sign-ins.
 *
 * Guessing one account's password from one address ends after a few attempts, and trying many accounts from one
 * address after some more. Neither lets a stranger lock an owner out, as the stranger's address is not the owner's.
 * Guessing one account from very many addresses is bounded as well; that bound alone could be used to lock an owner
 * out, so it does not hold for addresses that the account signed in from before (OWASP's device cookies, with the
 * address for the cookie).
 *
 * Attempts that are under way are not counted until they failed, so some more than the limit may pass at once: as many
 * as the user service hashes at a time.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export function createSignInGuard(counters: SignInCounters, limits: SignInLimits): SignInGuard {
  const { pairs, accounts, addresses, familiar } = counters;

  return {
    async admit(username, address) {
      const account = toAccountName(username);
      const [ofPair, ofAccount, ofAddress, known] = await Promise.all([
        pairs.read([account, address]),
        accounts.read([account]),
        addresses.read([address]),
        familiar.read([account, address]),
      ]);
      const waitMs = Math.max(
        ofPair.count >= limits.accountAndAddress ? ofPair.msLeft : 0,
        ofAccount.count >= limits.account && known.count === 0 ? ofAccount.msLeft : 0,
        ofAddress.count >= limits.address ? ofAddress.msLeft : 0,
      );
      if (waitMs > 0) throw new Refusal('TOO_MANY_SIGN_INS', undefined, waitMs);
    },

    async failed(username, address) {
      const account = toAccountName(username);
      await Promise.all([pairs.add([account, address]), accounts.add([account]), addresses.add([address])]);
    },

    async succeeded(username, address) {
      const pair = [toAccountName(username), address];
      await Promise.all([pairs.forget(pair), familiar.restart(pair)]);
    },
  };
}

/** One name for all spellings that the user service takes for the same account. */
function toAccountName(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}
