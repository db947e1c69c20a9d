import { Metadata } from '@grpc/grpc-js';

/** What a caller sends along, in any form that `Headers` takes; binary values (`…-bin`) in base64, as on the wire. */
export type HeaderInit = ConstructorParameters<typeof Headers>[0];

/**
 * What a caller sends along, as gRPC has it; undefined when it can't be sent. Why not is left out: the reasons that `Headers` and
 * grpc-js give show the value, which may be a token.
 */
export function findMetadata(given: HeaderInit | undefined): Metadata | undefined {
  const metadata = new Metadata();
  if (given === undefined) return metadata;
  try {
    for (const [name, value] of new Headers(given))
      metadata.set(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    return metadata;
  } catch {
    return undefined;
  }
}

/** The same at a later attempt (gRFC A6). */
export function atAttempt(metadata: Metadata, previousAttempts: number): Metadata {
  if (previousAttempts === 0) return metadata;
  const repeated = metadata.clone();
  repeated.set('grpc-previous-rpc-attempts', String(previousAttempts));
  return repeated;
}

/** What came back, for callers who look at it; binary values as they were on the wire. */
export function toHeaders(metadata: Metadata | undefined): Headers {
  const headers = new Headers();
  if (metadata === undefined) return headers;
  for (const name of Object.keys(metadata.getMap()))
    for (const value of metadata.get(name))
      headers.append(name, typeof value === 'string' ? value : value.toString('base64'));
  return headers;
}
