import type { Caller } from './caller.js';
import {
  dueAt,
  inOrder,
  type KeySchedule,
  publishedAt,
  retiredAt,
  type ScheduledKey,
  signerAt,
} from './key-schedule.js';

/** A signing key as it is stored: the public half to be read by all, the private half sealed. */
export interface StoredKey extends ScheduledKey {
  readonly algorithm: string;
  readonly publicJwk: PublicJwk;
  readonly sealedPrivate: Uint8Array;
}

/** The public half of a signing key (RFC 7517). */
export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
}

/** A signing key that can sign. */
export interface OpenKey<Private> extends StoredKey {
  readonly privateKey: Private;
}

/** Where signing keys are kept, for all instances together. */
export interface KeyStore {
  list(caller: Caller): Promise<readonly StoredKey[]>;
  /** Works on the keys while no other instance does: all of the work is stored, or nothing. */
  exclusively<T>(work: (keys: KeyChanges) => Promise<T>, caller: Caller): Promise<T>;
}

/** What can be done to the stored keys. */
export interface KeyChanges {
  list(): Promise<readonly StoredKey[]>;
  insert(key: StoredKey, createdAt: Date): Promise<void>;
  delete(kid: string): Promise<void>;
}

/** Makes keys and opens sealed ones. */
export interface Keysmith<Private> {
  make(signsFrom: number): Promise<StoredKey>;
  /** @throws Error when the key was sealed under another secret */
  open(key: StoredKey): Promise<Private>;
}

/** The keys that this instance signs and verifies with. */
export interface Keyring<Private> {
  /** Reads the stored keys and, when it is time, makes the next one. On failure the keys stay as they were. */
  refresh(caller: Caller): Promise<void>;
  /** The key that signs now. */
  signer(): OpenKey<Private>;
  /** The keys to verify with, the signer first. */
  published(): readonly OpenKey<Private>[];
}

/** What a keyring works with. */
export interface KeyringParts<Private> {
  readonly store: KeyStore;
  readonly smith: Keysmith<Private>;
  readonly schedule: KeySchedule;
  readonly now: () => number;
}

/** Makes a keyring that is empty until its first refresh. */
export function createKeyring<Private>(parts: KeyringParts<Private>): Keyring<Private> {
  const { store, smith, schedule, now } = parts;
  let keys: readonly OpenKey<Private>[] = [];

  async function open(stored: StoredKey): Promise<OpenKey<Private>> {
    const known = keys.find((key) => key.kid === stored.kid);
    return known ?? { ...stored, privateKey: await smith.open(stored) };
  }

  return {
    async refresh(caller) {
      const found = inOrder(await store.list(caller));
      // Before anything is made: who can't open the keys that are there has the wrong secret, and must add none.
      const opened = await Promise.all(found.map(open));
      if (dueAt(found, now(), schedule) === undefined) {
        keys = opened;
        return;
      }
      const renewed = await store.exclusively((changes) => renew(changes, parts), caller);
      keys = await Promise.all(renewed.map(open));
    },
    signer() {
      const key = signerAt(keys, now());
      if (!key) throw new Error('The keyring was used before its first refresh');
      return key;
    },
    published: () => publishedAt(keys, now(), schedule),
  };
}

/** Looks again, now that nobody else can: another instance may have been here first. */
async function renew<Private>(
  changes: KeyChanges,
  parts: KeyringParts<Private>,
): Promise<readonly StoredKey[]> {
  const now = parts.now();
  const found = inOrder(await changes.list());
  const signsFrom = dueAt(found, now, parts.schedule);
  if (signsFrom === undefined) return found;
  const next = await parts.smith.make(signsFrom);
  await changes.insert(next, new Date(now));
  const retired = retiredAt(found, now, parts.schedule);
  for (const key of retired) await changes.delete(key.kid);
  return inOrder([...found.filter((key) => !retired.includes(key)), next]);
}
