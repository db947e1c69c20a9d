import { ConfigError } from '@flight/mesh';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
} from 'jose';
import type { Keysmith, PublicJwk } from '../domain/keyring.js';
import type { KeySeal } from './aes-key-seal.js';

/** ECDSA on P-256: cheaper to verify here than Ed25519, and every JWT library knows it. */
const ALGORITHM = 'ES256';

/** Makes ES256 keys, named by their thumbprint (RFC 7638), and opens them again. */
export function createKeysmith(seal: KeySeal): Keysmith<CryptoKey> {
  return {
    async make(signsFrom) {
      const pair = await generateKeyPair(ALGORITHM, { extractable: true });
      const publicJwk = toPublicJwk(await exportJWK(pair.publicKey));
      const kid = await calculateJwkThumbprint({ ...publicJwk });
      const sealedPrivate = seal.seal(Buffer.from(await exportPKCS8(pair.privateKey)), kid);
      return { kid, algorithm: ALGORITHM, publicJwk, sealedPrivate, signsFrom };
    },
    open: (key) => importPKCS8(openSeal(seal, key.sealedPrivate, key.kid), key.algorithm),
  };
}

function openSeal(seal: KeySeal, sealed: Uint8Array, kid: string): string {
  try {
    return Buffer.from(seal.open(sealed, kid)).toString();
  } catch {
    // The cipher's error says no more than that. This one belongs with the other faults of the configuration.
    throw new ConfigError([
      `SIGNING_KEY_SECRET: does not open signing key ${kid} in the database, which was sealed under another secret`,
    ]);
  }
}

function toPublicJwk({ kty, crv, x, y }: { kty?: string; crv?: string; x?: string; y?: string }): PublicJwk {
  if (!kty || !crv || !x) throw new TypeError('Not a public key on a curve');
  return y === undefined ? { kty, crv, x } : { kty, crv, x, y };
}
