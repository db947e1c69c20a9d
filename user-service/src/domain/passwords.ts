import type { Caller } from './caller.js';

/** Hashes passwords, a few at a time. Everything here fails with SIGN_IN_BUSY when too many are waiting. */
export interface Passwords {
  /** Asks for room beforehand, so that nothing else is done in vain for who will be refused. */
  requireRoom(caller: Caller): void;
  hash(password: string, caller: Caller): Promise<string>;
  /**
   * Whether the hash is the password's. Without a hash, takes as long and answers false: nobody can tell from the
   * time whether an account exists.
   */
  verify(hash: string | undefined, password: string, caller: Caller): Promise<boolean>;
}
