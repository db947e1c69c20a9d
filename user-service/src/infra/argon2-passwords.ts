import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { Passwords } from '../domain/passwords.js';
import type { HashQueue } from './hash-queue.js';

/**
 * argon2id with 19 MiB, two passes, one lane.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Makes the hasher of passwords. Hashes once to have something to compare unknown names' passwords with. */
export async function openArgon2Passwords(queue: HashQueue): Promise<Passwords> {
  const nobodysHash = await hash(randomBytes(32), COST);
  return {
    requireRoom: queue.requireRoom,
    hash: (password, caller) => queue.run(() => hash(password, COST), caller),
    async verify(stored, password, caller) {
      const matches = await queue.run(() => verify(stored ?? nobodysHash, password), caller);
      return stored !== undefined && matches;
    },
  };
}
