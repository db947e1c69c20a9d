import { randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { type TokenSource, toAuthorization } from './token.js';

/** What a caller sends along, in any form that `Headers` takes; binary values (`…-bin`) in base64, as on the wire. */
export type HeaderInit = ConstructorParameters<typeof Headers>[0];

/** What goes along with a call: what its caller gave, the token, and a name for the logs. */
export async function toMetadata(
  given: HeaderInit | undefined,
  token: TokenSource | undefined,
): Promise<{ readonly metadata: Metadata; readonly requestId: string }> {
  const metadata = new Metadata();
  if (given !== undefined)
    for (const [name, value] of new Headers(given))
      metadata.set(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  const requestId = metadata.get('x-request-id')[0]?.toString() ?? randomUUID();
  metadata.set('x-request-id', requestId);
  const authorization = metadata.get('authorization').length > 0 ? undefined : await toAuthorization(token);
  if (authorization !== undefined) metadata.set('authorization', authorization);
  return { metadata, requestId };
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
