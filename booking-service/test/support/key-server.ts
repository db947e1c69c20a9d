import { Fault, implement, type ServiceBinding } from '@flight/mesh';
import { UserServiceDefinition } from '@flight/proto/user';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What a token says; what is left out is as the service wants it. */
export interface TokenWishes {
  readonly roles?: readonly string[];
  readonly audience?: string;
  readonly expiresInS?: number;
}

/** Signs tokens with a key of its own, which it serves as user-service does. */
export interface KeyServer {
  readonly binding: ServiceBinding;
  sign(userId: number, wishes?: TokenWishes): Promise<string>;
}

const KID = 'test-key';

export async function createKeyServer(): Promise<KeyServer> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const { kty = '', crv = '', x = '' } = await exportJWK(publicKey);
  return {
    binding: implement(UserServiceDefinition, {
      register: notServed,
      login: notServed,
      getUser: notServed,
      listSubscriptions: notServed,
      getSubscription: notServed,
      subscribe: notServed,
      unsubscribe: notServed,
      simulateFailure: notServed,
      getJsonWebKeySet: async () => ({ keys: [{ kid: KID, kty, crv, x, y: '', alg: 'EdDSA', use: 'sig' }] }),
    }),
    sign(userId, { roles = [], audience = 'flight-booking', expiresInS = 3600 } = {}) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ roles })
        .setProtectedHeader({ alg: 'EdDSA', kid: KID, typ: 'at+jwt' })
        .setIssuer('flight-booking')
        .setAudience(audience)
        .setSubject(String(userId))
        .setIssuedAt(now - 7200)
        .setExpirationTime(now + expiresInS)
        .sign(privateKey);
    },
  };
}

async function notServed(): Promise<never> {
  throw new Fault('unimplemented', 'UNKNOWN_METHOD', 'Only keys are served here');
}
