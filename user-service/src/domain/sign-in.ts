import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { Accounts } from './account.js';
import type { Caller } from './caller.js';
import type { Credentials } from './credentials.js';
import type { Passwords } from './passwords.js';

/** A signed token and when it stops being good. */
export interface AccessToken {
  readonly text: string;
  readonly expiresAt: Date;
}

/** Makes access tokens. */
export interface TokenIssuer {
  issue(user: { readonly id: number; readonly roles: readonly string[] }): Promise<AccessToken>;
}

/** What signing in works with. */
export interface SignInParts {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly tokens: TokenIssuer;
}

/** A user who proved to be one. */
export interface SignedIn {
  readonly userId: number;
  readonly token: AccessToken;
}

/**
 * Checks a name and its password. A name that is not known costs the same work as one that is.
 *
 * @throws Fault CREDENTIALS_INVALID, SIGN_IN_BUSY
 */
export async function signIn(
  parts: SignInParts,
  credentials: Credentials,
  caller: Caller,
): Promise<SignedIn> {
  parts.passwords.requireRoom(caller);
  const account = await parts.accounts.findByUsername(credentials.username, caller);
  const matches = await parts.passwords.verify(account?.passwordHash, credentials.password, caller);
  if (!account || !matches) {
    throw new Fault<Reason>('unauthenticated', 'CREDENTIALS_INVALID', 'Invalid username or password');
  }
  return { userId: account.id, token: await parts.tokens.issue(account) };
}
