import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { Fault, implement, type ServiceBinding } from '@flight/mesh';
import { UserServiceDefinition } from '@flight/proto/user';

/** Signs tokens with a key of its own, which it serves as user-service does. */
export interface KeyServer {
  readonly binding: ServiceBinding;
  /** An access token of a user (RFC 9068), good for an hour. */
  sign(userId: number, roles?: readonly string[]): string;
}

const KID = 'test-key';

export function createKeyServer(): KeyServer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { kty = '', crv = '', x = '' } = publicKey.export({ format: 'jwk' });
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
    sign(userId, roles = []) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: 'flight-booking', aud: 'flight-booking', sub: String(userId), roles };
      const signed = [
        { alg: 'EdDSA', kid: KID, typ: 'at+jwt' },
        { ...claims, iat: now, exp: now + 3600 },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      return `${signed}.${signBytes(null, Buffer.from(signed), privateKey).toString('base64url')}`;
    },
  };
}

async function notServed(): Promise<never> {
  throw new Fault('unimplemented', 'UNKNOWN_METHOD', 'Only keys are served here');
}
