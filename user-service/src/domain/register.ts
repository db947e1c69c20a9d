import { Fault } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { Accounts, SecretAccount } from './account.js';
import type { Caller } from './caller.js';
import type { Passwords } from './passwords.js';
import type { Registration } from './registration.js';

/** What registering works with. */
export interface RegisterParts {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly now: () => number;
}

/**
 * Makes an account and answers its id; a repeat of the request that made one answers that one's.
 *
 * @throws Fault ACCOUNT_EXISTS, REQUEST_ID_REUSED, SIGN_IN_BUSY
 */
export async function register(parts: RegisterParts, wish: Registration, caller: Caller): Promise<number> {
  const { accounts, passwords, now } = parts;
  passwords.requireRoom(caller);
  const earlier = await accounts.findByRequestId(wish.requestId, caller);
  if (earlier) return repeat(passwords, earlier, wish, caller);

  const { username, email, requestId } = wish;
  const passwordHash = await passwords.hash(wish.password, caller);
  const account = { username, email, requestId, passwordHash, createdAt: new Date(now()) };
  const id = await accounts.insert(account, caller);
  if (id !== undefined) return id;

  // Something was taken: by this very request on another road, or by somebody else.
  const rival = await accounts.findByRequestId(requestId, caller);
  if (rival) return repeat(passwords, rival, wish, caller);
  throw new Fault<Reason>('already_exists', 'ACCOUNT_EXISTS', 'Username or Email already exists');
}

/** The account holds the first request's arguments, so nothing else of it needs to be kept. */
async function repeat(
  passwords: Passwords,
  made: SecretAccount,
  wish: Registration,
  caller: Caller,
): Promise<number> {
  const same =
    made.username === wish.username &&
    made.email === wish.email &&
    (await passwords.verify(made.passwordHash, wish.password, caller));
  if (same) return made.id;
  throw new Fault<Reason>(
    'failed_precondition',
    'REQUEST_ID_REUSED',
    'This request id was used before with other arguments',
  );
}
