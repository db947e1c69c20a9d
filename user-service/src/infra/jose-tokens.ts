import { randomUUID } from 'node:crypto';
import { type CryptoKey, SignJWT } from 'jose';
import type { Keyring } from '../domain/keyring.js';
import type { TokenIssuer } from '../domain/sign-in.js';

/** What every token says. */
export interface TokenConfig {
  readonly issuer: string;
  readonly audience: string;
  /** How long a token is good, in milliseconds. */
  readonly ttlMs: number;
}

/** Makes access tokens in the profile of RFC 9068, signed with the keyring's signer. */
export function createTokenIssuer(
  config: TokenConfig,
  keyring: Keyring<CryptoKey>,
  now: () => number,
): TokenIssuer {
  return {
    async issue({ id, roles }) {
      const key = keyring.signer();
      const issuedAt = Math.floor(now() / 1000);
      const expiresAt = issuedAt + Math.floor(config.ttlMs / 1000);
      const text = await new SignJWT({ roles: [...roles] })
        .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'at+jwt' })
        .setIssuer(config.issuer)
        .setAudience(config.audience)
        .setSubject(String(id))
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(randomUUID())
        .sign(key.privateKey);
      return { text, expiresAt: new Date(expiresAt * 1000) };
    },
  };
}
