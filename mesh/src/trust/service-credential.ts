import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { Fault } from '../fault.js';

/** Shows who calls when a service calls on its own behalf and not on a user's. */
export interface ServiceCredential {
  /** A credential to send along; made anew before the last one runs out. */
  issue(): Promise<string>;
  /**
   * The name of the service that a credential was issued to.
   *
   * @throws Fault unauthenticated TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED
   */
  verify(credential: string | undefined): Promise<string>;
}

/** What credentials are made with. */
export interface ServiceCredentialOptions {
  /** The name of this service in Consul. */
  readonly service: string;
  /** At least 32 characters, the same in all services. */
  readonly secret: string;
  readonly now?: () => number;
}

/** How long a credential is good, and how long before its end a new one is made, in milliseconds. */
const LIFETIME_MS = 300_000;
const RENEW_BEFORE_MS = 60_000;
/** Verified credentials that are remembered; there are about as many as there are processes. */
const REMEMBERED = 1000;

const TYPE = 'service+jwt';
const AUDIENCE = 'mesh';

/**
 * Credentials of services, proved by a secret that all of them share: a JSON web token of a type of its own, so that
 * it never passes for a user's token or the other way round.
 */
export function createServiceCredential(options: ServiceCredentialOptions): ServiceCredential {
  const now = options.now ?? Date.now;
  const key = createSecretKey(Buffer.from(options.secret));
  const verified = new Map<string, { readonly service: string; readonly expiresAt: number }>();
  let issued: { readonly credential: string; readonly expiresAt: number } | undefined;

  async function issueAnew(): Promise<string> {
    const expiresAt = now() + LIFETIME_MS;
    const credential = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', typ: TYPE })
      .setIssuer(options.service)
      .setAudience(AUDIENCE)
      .setIssuedAt(Math.trunc(now() / 1000))
      .setExpirationTime(Math.trunc(expiresAt / 1000))
      .sign(key);
    issued = { credential, expiresAt };
    return credential;
  }

  async function verifyAnew(credential: string): Promise<string> {
    const requirements = {
      algorithms: ['HS256'],
      typ: TYPE,
      audience: AUDIENCE,
      requiredClaims: ['iss', 'exp'],
    };
    const { payload } = await jwtVerify(credential, key, { ...requirements, currentDate: new Date(now()) });
    if (verified.size >= REMEMBERED) verified.clear();
    const service = String(payload.iss);
    verified.set(credential, { service, expiresAt: Number(payload.exp) * 1000 });
    return service;
  }

  return {
    async issue() {
      return issued !== undefined && now() < issued.expiresAt - RENEW_BEFORE_MS
        ? issued.credential
        : issueAnew();
    },
    async verify(credential) {
      if (credential === undefined)
        throw new Fault('unauthenticated', 'TOKEN_MISSING', 'This call is for services');
      const known = verified.get(credential);
      if (known !== undefined && now() < known.expiresAt) return known.service;
      try {
        return await verifyAnew(credential);
      } catch (error) {
        throw toFault(error);
      }
    },
  };
}

function toFault(cause: unknown): Fault {
  return cause instanceof errors.JWTExpired
    ? new Fault('unauthenticated', 'TOKEN_EXPIRED', 'The credential has expired')
    : new Fault('unauthenticated', 'TOKEN_INVALID', 'The credential is not valid', {}, { cause });
}
