import type { Client, TokenVerifierOptions } from '@flight/mesh';
import type { JsonWebKey, UserServiceDefinition } from '@flight/proto/user';

/** How long user-service may take to answer its keys, in milliseconds. */
const TIMEOUT_MS = 1000;

/** Fetches the keys that tokens are verified with from user-service. The verifier keeps the last ones it got. */
export function createJwksClient(users: Client<UserServiceDefinition>): TokenVerifierOptions['keys'] {
  return async () => {
    const { keys } = await users.getJsonWebKeySet({}, { timeoutMs: TIMEOUT_MS });
    return keys.map(toJwk);
  };
}

/** Members that a key does not have are empty on the wire and must be missing in a JWK. */
function toJwk({ y, ...key }: JsonWebKey) {
  return y === '' ? key : { ...key, y };
}
