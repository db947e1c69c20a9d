import type { OwnedDatabase } from './infrastructure-plan.js';
import type { Secrets } from './secrets.js';
import type { DatabaseDescription } from './services.js';

/** The names of the secrets that a database's roles sign in with. */
export function listSecretNames(database: DatabaseDescription): string[] {
  const { service, readerRole } = database;
  return [service, ...(readerRole === undefined ? [] : [toReaderSecret(service, readerRole)])];
}

/** `warehouse-analyst` */
export function toReaderSecret(service: string, role: string): string {
  return `${service}-${role}`;
}

/** A database with the passwords of its roles. */
export function toOwnedDatabase(database: DatabaseDescription, secrets: Secrets): OwnedDatabase {
  const { service, readerRole } = database;
  return {
    ...database,
    password: secrets(service),
    ...(readerRole !== undefined && {
      reader: { user: readerRole, password: secrets(toReaderSecret(service, readerRole)) },
    }),
  };
}
