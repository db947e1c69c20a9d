import type { Database, Statement } from '@flight/mesh';
import type { Account, Accounts, SecretAccount } from '../domain/account.js';
import { foldCase } from '../domain/fold-case.js';
import { toReplicaRead, toWrite } from './query-options.js';

interface AccountRow {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly created_at: Date;
}

interface SecretAccountRow extends AccountRow {
  readonly password: string;
}

// Whatever is taken, the constraint that says so settles the race; the caller finds out what it was.
const INSERT: Statement = {
  name: 'insert-account',
  text: `insert into user_account (username, username_key, password, email, email_key, request_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict do nothing
         returning id`,
};

const FIND_BY_ID: Statement = {
  name: 'find-account-by-id',
  text: 'select id, username, email, roles, created_at from user_account where id = $1',
};

const FIND_BY_USERNAME: Statement = {
  name: 'find-account-by-username',
  text: 'select id, username, email, roles, created_at, password from user_account where username_key = $1',
};

const FIND_BY_REQUEST_ID: Statement = {
  name: 'find-account-by-request-id',
  text: 'select id, username, email, roles, created_at, password from user_account where request_id = $1',
};

/** Keeps accounts in PostgreSQL. */
export function createPostgresAccounts(database: Database): Accounts {
  return {
    async insert({ username, passwordHash, email, requestId, createdAt }, caller) {
      const values = [
        username,
        foldCase(username),
        passwordHash,
        email,
        foldCase(email),
        requestId,
        createdAt,
      ];
      const [made] = await database.query<{ id: number }>(INSERT, values, toWrite(caller));
      return made?.id;
    },
    async findById(id, caller) {
      const [row] = await database.query<AccountRow>(FIND_BY_ID, [id], toReplicaRead(caller));
      return row && toAccount(row);
    },
    async findByUsername(username, caller) {
      const [row] = await database.query<SecretAccountRow>(FIND_BY_USERNAME, [foldCase(username)], caller);
      return row && toSecretAccount(row);
    },
    async findByRequestId(requestId, caller) {
      const [row] = await database.query<SecretAccountRow>(FIND_BY_REQUEST_ID, [requestId], caller);
      return row && toSecretAccount(row);
    },
  };
}

function toAccount({ id, username, email, roles, created_at }: AccountRow): Account {
  return { id, username, email, roles, createdAt: created_at };
}

function toSecretAccount(row: SecretAccountRow): SecretAccount {
  return { ...toAccount(row), passwordHash: row.password };
}
