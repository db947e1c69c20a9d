import { hkdfSync } from 'node:crypto';

/** Bytes of a derived key: what AES-256 and HMAC-SHA-256 take. */
const KEY_BYTES = 32;

/**
 * Derives a key for one purpose from the configured secret (HKDF-SHA-256, RFC 5869). The secret is long and random
 * already, so it needs no stretching.
 *
 * @param purpose keys of different purposes have nothing in common
 */
export function deriveKey(secret: string, purpose: string, salt: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, purpose, KEY_BYTES));
}
