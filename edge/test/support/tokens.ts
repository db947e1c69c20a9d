import type { JsonWebKey } from '@flight/proto/user';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface TokenWishes {
  readonly userId?: number;
  readonly roles?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  readonly type?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
}

/** Whoever signs tokens: a key and what it signs. */
export interface TokenSigner {
  readonly key: JsonWebKey;
  sign(wishes?: TokenWishes): Promise<string>;
}

export async function createTokenSigner(kid: string): Promise<TokenSigner> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty = '', crv = '', x = '' } = await exportJWK(publicKey);
  return {
    key: { kid, kty, crv, x, y: '', alg: 'EdDSA', use: 'sig' },
    sign({
      userId = 1,
      roles = [],
      issuer = 'flight-booking',
      audience = 'flight-booking',
      type = 'at+jwt',
      expiresIn = 600,
    } = {}) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ roles })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: type })
        .setSubject(String(userId))
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + expiresIn)
        .sign(privateKey);
    },
  };
}
