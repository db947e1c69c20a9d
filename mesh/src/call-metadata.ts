import { Metadata } from '@grpc/grpc-js';
import { findTraceparent } from './tracing/traceparent.js';

/** What a call says of itself besides its request. */
export interface CallIdentity {
  readonly requestId: string;
  /** The user's access token, as it came. */
  readonly token: string | undefined;
  /** The credential of the service that calls on its own behalf, as it came. */
  readonly credential: string | undefined;
  /** W3C Trace Context. */
  readonly traceparent: string | undefined;
  /** An instance that this call, and those that are made for it, go to where the called service has it. */
  readonly instance: string | undefined;
  /** Earlier attempts of the same call (gRFC A6). */
  readonly attempt: number;
}

const REQUEST_ID = 'x-request-id';
const AUTHORIZATION = 'authorization';
const SERVICE_AUTHORIZATION = 'service-authorization';
const TRACEPARENT = 'traceparent';
const INSTANCE = 'x-instance';
const PREVIOUS_ATTEMPTS = 'grpc-previous-rpc-attempts';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;
const BEARER = /^bearer +(\S+)$/i;

/** Writes the identity of an attempt into metadata. */
export function toMetadata(identity: CallIdentity): Metadata {
  const { requestId, token, credential, traceparent, instance, attempt } = identity;
  const metadata = new Metadata();
  metadata.set(REQUEST_ID, requestId);
  if (token !== undefined) metadata.set(AUTHORIZATION, `Bearer ${token}`);
  if (credential !== undefined) metadata.set(SERVICE_AUTHORIZATION, `Bearer ${credential}`);
  if (traceparent !== undefined) metadata.set(TRACEPARENT, traceparent);
  if (instance !== undefined) metadata.set(INSTANCE, instance);
  if (attempt > 0) metadata.set(PREVIOUS_ATTEMPTS, String(attempt));
  return metadata;
}

/** Reads metadata. What is malformed counts as absent: a request id that is not one is replaced, never echoed. */
export function fromMetadata(metadata: Metadata, makeId: () => string): CallIdentity {
  const requestId = text(metadata, REQUEST_ID);
  const instance = text(metadata, INSTANCE);
  const attempt = Number.parseInt(text(metadata, PREVIOUS_ATTEMPTS) ?? '0', 10);
  return {
    requestId: requestId !== undefined && VISIBLE_ASCII.test(requestId) ? requestId : makeId(),
    token: bearerToken(text(metadata, AUTHORIZATION)),
    credential: bearerToken(text(metadata, SERVICE_AUTHORIZATION)),
    traceparent: findTraceparent(text(metadata, TRACEPARENT)),
    instance: instance !== undefined && VISIBLE_ASCII.test(instance) ? instance : undefined,
    attempt: Number.isInteger(attempt) && attempt > 0 ? attempt : 0,
  };
}

/** The token of an `Authorization: Bearer <token>` (RFC 6750); an empty one, which nothing matches, for other schemes. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  return BEARER.exec(authorization)?.[1] ?? '';
}

function text(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name)[0];
  return typeof value === 'string' ? value : undefined;
}
