import type { IncomingMessage } from 'node:http';
import type { Identity, TokenVerifier } from '@flight/mesh';
import type { Request } from 'express';
import { toClientNetwork } from '../domain/client-network.js';
import { isAllowedOrigin } from '../domain/origins.js';
import { Refusal } from '../domain/refusal.js';
import type { RequestLimit } from '../domain/request-limit.js';
import { authenticate } from './authentication.js';

/** What upgrades are judged by. */
export interface UpgradeRules {
  readonly verifier: TokenVerifier;
  readonly requestLimit: RequestLimit;
  readonly allowedOrigins: readonly string[];
  /** Whether the client's address comes from X-Forwarded-For, by the app's `trust proxy` setting. */
  readonly trustsProxy: boolean;
}

/** Who connects, and the token that proves it. */
export interface Admitted {
  readonly identity: Identity;
  readonly token: string;
}

/** The name of what is spoken here, for clients that offer names. */
export const SUBPROTOCOL = 'flight.v1';

const PATHS = new Set(['/', '/ws']);
const TOKEN_PREFIX = 'bearer.';

/**
 * Judges a request to upgrade to WebSocket, cheapest and least telling first.
 *
 * @throws Refusal or Fault, to be answered like any other
 */
export async function admitUpgrade(request: IncomingMessage, rules: UpgradeRules): Promise<Admitted> {
  const { origin, host, authorization } = request.headers;
  const [path = ''] = (request.url ?? '').split('?');
  if (!PATHS.has(path)) throw new Refusal('NOTHING_HERE');
  if (!isAllowedOrigin(origin, host, rules.allowedOrigins)) throw new Refusal('ORIGIN_NOT_ALLOWED');
  await rules.requestLimit.admit(toClientNetwork(findAddress(request, rules.trustsProxy)));
  const credentials = authorization ?? findOfferedToken(request);
  const { identity, token } = await authenticate('bearer', credentials, rules.verifier);
  if (identity === undefined || token === undefined) throw new Error('authenticated nobody');
  return { identity, token };
}

/** Browsers can't set headers on a WebSocket, so they offer the token as the name of a protocol. */
function findOfferedToken({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const token = offered.find((name) => name.startsWith(TOKEN_PREFIX));
  return token && `Bearer ${token.slice(TOKEN_PREFIX.length)}`;
}

/** Requests are Express' from birth, upgrades too: `ip` goes by the app's `trust proxy` setting. */
function findAddress(request: IncomingMessage, trustsProxy: boolean): string {
  return (trustsProxy ? (request as Request).ip : request.socket.remoteAddress) ?? '';
}
