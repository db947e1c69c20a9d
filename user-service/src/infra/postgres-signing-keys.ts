import type { Database, Statement } from '@flight/mesh';
import type { KeyChanges, KeyStore, PublicJwk, StoredKey } from '../domain/keyring.js';

interface KeyRow {
  readonly kid: string;
  readonly algorithm: string;
  readonly public_jwk: PublicJwk;
  readonly sealed_private: Buffer;
  readonly signs_from: Date;
}

// Lets others read, but not change: two instances never make a key at the same time.
const LOCK: Statement = { name: 'lock-signing-keys', text: 'lock table signing_key in exclusive mode' };

const LIST: Statement = {
  name: 'list-signing-keys',
  text: 'select kid, algorithm, public_jwk, sealed_private, signs_from from signing_key',
};

const INSERT: Statement = {
  name: 'insert-signing-key',
  text: `insert into signing_key (kid, algorithm, public_jwk, sealed_private, signs_from, created_at)
         values ($1, $2, $3, $4, $5, $6)`,
};

const DELETE: Statement = { name: 'delete-signing-key', text: 'delete from signing_key where kid = $1' };

/** Runs a statement, in a transaction or out of it. */
type Run = <Row>(statement: Statement, values: readonly unknown[]) => Promise<readonly Row[]>;

/** Keeps signing keys in PostgreSQL. */
export function createPostgresSigningKeys(database: Database): KeyStore {
  return {
    list: (caller) => list((statement, values) => database.query(statement, values, caller)),
    exclusively: (work, caller) =>
      database.transaction(async (tx) => {
        const run: Run = (statement, values) => tx.query(statement, values);
        await run(LOCK, []);
        return work(toChanges(run));
      }, caller),
  };
}

function toChanges(run: Run): KeyChanges {
  return {
    list: () => list(run),
    async insert({ kid, algorithm, publicJwk, sealedPrivate, signsFrom }, createdAt) {
      await run(INSERT, [
        kid,
        algorithm,
        JSON.stringify(publicJwk),
        sealedPrivate,
        new Date(signsFrom),
        createdAt,
      ]);
    },
    async delete(kid) {
      await run(DELETE, [kid]);
    },
  };
}

async function list(run: Run): Promise<readonly StoredKey[]> {
  const rows = await run<KeyRow>(LIST, []);
  return rows.map(({ kid, algorithm, public_jwk, sealed_private, signs_from }) => ({
    kid,
    algorithm,
    publicJwk: public_jwk,
    sealedPrivate: sealed_private,
    signsFrom: signs_from.getTime(),
  }));
}
