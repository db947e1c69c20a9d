import { createLocalJWKSet, errors, type JSONWebKeySet, type JWK, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Fault } from '../fault.js';

/** Who a verified token stands for. */
export interface Identity {
  readonly userId: number;
  readonly roles: readonly string[];
  /** When the token stops being good, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Verifies access tokens. */
export interface TokenVerifier {
  /**
   * The identity behind a token.
   *
   * @throws Fault unauthenticated TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED; unavailable when no keys can be had
   */
  verify(token: string | undefined): Promise<Identity>;
}

/** What tokens are held against. */
export interface TokenVerifierOptions {
  /** Fetches the public keys (RFC 7517). */
  readonly keys: () => Promise<readonly JWK[]>;
  readonly issuer: string;
  readonly audience: string;
  readonly now?: () => number;
}

/** Signature algorithms that are accepted. Nothing symmetric: a public key must never pass for a secret. */
const ALGORITHMS = ['EdDSA', 'ES256'];
/** Verified tokens that are remembered: verifying costs 120 µs and more, remembering less than one. */
const CACHE_SIZE = 20_000;
/** No token of ours comes near; what is longer is not looked at. */
const MAX_TOKEN_LENGTH = 4096;
/** Keys are fetched anew after this long, in milliseconds, and kept when that fails. */
const KEYS_FRESH_MS = 300_000;
/** At most one fetch for an unknown key id in this time, in milliseconds, or forged ids would make us hammer. */
const KEYS_COOLDOWN_MS = 2000;

interface Keys {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly ids: ReadonlySet<string>;
  readonly fetchedAt: number;
}

/**
 * Makes a verifier of access tokens (RFC 9068: type at+jwt, issuer, audience, expiry, subject). Keys are fetched when
 * first needed, when one is unknown, and every few minutes; the last known ones stay good when that fails.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const now = options.now ?? Date.now;
  const verified = new LRUCache<string, Identity>({ max: CACHE_SIZE });
  let keys: Keys | undefined;
  let fetching: Promise<Keys> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;

  async function fetchKeys(): Promise<Keys> {
    const fetched = await options.keys();
    const ids = new Set(fetched.flatMap(({ kid }) => (kid === undefined ? [] : [kid])));
    // A key that was taken back takes the tokens with it that were verified by it.
    if (keys && [...keys.ids].some((id) => !ids.has(id))) verified.clear();
    keys = { find: createLocalJWKSet({ keys: [...fetched] } as JSONWebKeySet), ids, fetchedAt: now() };
    return keys;
  }

  function refresh(): Promise<Keys> {
    if (fetching === undefined) {
      triedAt = now();
      fetching = fetchKeys().finally(() => {
        fetching = undefined;
      });
    }
    return fetching;
  }

  function isCool(): boolean {
    return now() - triedAt > KEYS_COOLDOWN_MS;
  }

  async function currentKeys(): Promise<Keys> {
    if (keys === undefined) return refresh();
    if (now() - keys.fetchedAt > KEYS_FRESH_MS && isCool()) refresh().catch(keepLast);
    return keys;
  }

  async function check(token: string, against: Keys): Promise<Identity> {
    const { payload } = await jwtVerify(token, against.find, {
      algorithms: ALGORITHMS,
      typ: 'at+jwt',
      issuer: options.issuer,
      audience: options.audience,
      requiredClaims: ['exp', 'iat', 'sub'],
      currentDate: new Date(now()),
    });
    const userId = Number(payload.sub);
    if (!Number.isSafeInteger(userId) || userId < 1) throw invalid();
    const roles = Array.isArray(payload.roles)
      ? payload.roles.filter((role) => typeof role === 'string')
      : [];
    return { userId, roles, expiresAt: Number(payload.exp) * 1000 };
  }

  async function verifyAnew(token: string): Promise<Identity> {
    const known = await currentKeys();
    try {
      return await check(token, known);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey && isCool())) throw toFault(error);
    }
    const fresh = await refresh();
    return check(token, fresh).catch((error: unknown) => {
      throw toFault(error);
    });
  }

  return {
    async verify(token) {
      if (token === undefined) {
        throw new Fault(
          'unauthenticated',
          'TOKEN_MISSING',
          'Sign in and send the token as Authorization: Bearer',
        );
      }
      const cached = verified.get(token);
      if (cached !== undefined && cached.expiresAt > now()) return cached;
      if (token === '' || token.length > MAX_TOKEN_LENGTH) throw invalid();
      const identity = await verifyAnew(token);
      verified.set(token, identity);
      return identity;
    },
  };
}

/** The fault of a token whose time is over. */
export function tokenExpired(): Fault {
  return new Fault('unauthenticated', 'TOKEN_EXPIRED', 'The token has expired; sign in again');
}

/** The last known keys stay good; the next token after the cooldown tries again. */
function keepLast(): void {
  return;
}

function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof errors.JWTExpired) {
    return tokenExpired();
  }
  return invalid(error);
}

function invalid(cause?: unknown): Fault {
  return new Fault(
    'unauthenticated',
    'TOKEN_INVALID',
    'The token is not valid; sign in again',
    {},
    { cause },
  );
}
