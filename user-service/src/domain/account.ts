import type { Caller } from './caller.js';

/** An account, without what proves that it is yours. */
export interface Account {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly createdAt: Date;
}

/** An account with the hash of its password. */
export interface SecretAccount extends Account {
  readonly passwordHash: string;
}

/** An account to be made. */
export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly requestId: string;
  readonly createdAt: Date;
}

/** Where accounts are kept. Names and addresses are unique whatever their case, request ids as they are. */
export interface Accounts {
  /** Stores an account and answers its id, or undefined when its name, address or request id is taken. */
  insert(account: NewAccount, caller: Caller): Promise<number | undefined>;
  findById(id: number, caller: Caller): Promise<Account | undefined>;
  /** @param username in any case */
  findByUsername(username: string, caller: Caller): Promise<SecretAccount | undefined>;
  /** Finds the account that a Register call with this request id made. */
  findByRequestId(requestId: string, caller: Caller): Promise<SecretAccount | undefined>;
}
