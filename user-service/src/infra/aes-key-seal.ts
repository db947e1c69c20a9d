import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deriveKey } from './derived-key.js';

/** Seals private keys for storage and opens them again. */
export interface KeySeal {
  /** @param label goes into the seal: a sealed key opens under its own label only */
  seal(privateKey: Uint8Array, label: string): Uint8Array;
  /** @throws Error when it was sealed under another secret or label, or was changed */
  open(sealed: Uint8Array, label: string): Uint8Array;
}

const CIPHER = 'aes-256-gcm';
const PURPOSE = 'signing-key-seal/1';
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Makes a seal of AES-256-GCM. What is sealed reads salt, nonce, tag, ciphertext; the salt gives every seal a key of
 * its own, so no key ever sees two nonces.
 */
export function createKeySeal(secret: string): KeySeal {
  return {
    seal(privateKey, label) {
      const salt = randomBytes(SALT_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, deriveKey(secret, PURPOSE, salt), nonce);
      cipher.setAAD(Buffer.from(label));
      const ciphertext = Buffer.concat([cipher.update(privateKey), cipher.final()]);
      return Buffer.concat([salt, nonce, cipher.getAuthTag(), ciphertext]);
    },
    open(sealed, label) {
      const salt = sealed.subarray(0, SALT_BYTES);
      const nonce = sealed.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
      const tag = sealed.subarray(SALT_BYTES + NONCE_BYTES, SALT_BYTES + NONCE_BYTES + TAG_BYTES);
      const ciphertext = sealed.subarray(SALT_BYTES + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(CIPHER, deriveKey(secret, PURPOSE, salt), nonce, {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(label));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    },
  };
}
