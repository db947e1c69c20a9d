import { Fault, type Identity, type TokenVerifier } from '@flight/mesh';
import type { Reason } from '@flight/proto/reason';
import type { Auth } from './route.js';

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;

/** Who asks, and the token that proves it. */
export interface Authenticated {
  readonly identity: Identity | undefined;
  readonly token: string | undefined;
}

const NOBODY: Authenticated = { identity: undefined, token: undefined };

/**
 * Finds out who asks, as far as the route wants to know.
 *
 * @param authorization the header as it came
 * @throws Fault TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED; UNAVAILABLE when no key to verify with is known yet
 */
export async function authenticate(
  auth: Auth,
  authorization: string | undefined,
  verifier: TokenVerifier,
): Promise<Authenticated> {
  if (auth === 'none' || (auth === 'optional' && authorization === undefined)) return NOBODY;
  const token = authorization === undefined ? undefined : parseBearer(authorization);
  return { identity: await verifier.verify(token), token };
}

function parseBearer(authorization: string): string {
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    throw new Fault<Reason>(
      'unauthenticated',
      'TOKEN_INVALID',
      'The Authorization header is not a bearer token',
    );
  }
  return token;
}
