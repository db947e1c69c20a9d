import type { DescService } from '@bufbuild/protobuf';
import { type CallOptions, type Client, createClient, type Transport } from '@connectrpc/connect';
import { abortWith } from './abort-with.js';

type Streaming = (request: unknown, options?: CallOptions) => AsyncIterable<unknown>;

/**
 * Connect's client of a service, whose streams last as long as the loops over them. Connect's own keep from the transport that a
 * loop was left: the call would stay open, and hold one of the places that its server has.
 */
export function createServiceClient<S extends DescService>(service: S, transport: Transport): Client<S> {
  const client: Client<S> = createClient(service, transport);
  const methods = client as Record<string, unknown>;
  const streams = service.methods
    .filter(({ methodKind }) => methodKind === 'server_streaming')
    .map(({ localName }) => [localName, endedByItsLoop(methods[localName] as Streaming)]);
  return { ...client, ...Object.fromEntries(streams) };
}

/** Calls when the loop begins, and ends the call when the loop is left. */
function endedByItsLoop(stream: Streaming): Streaming {
  return async function* (request, options) {
    const left = new AbortController();
    const release = abortWith(left, options?.signal);
    try {
      for await (const message of stream(request, { ...options, signal: left.signal })) yield message;
    } finally {
      release();
      left.abort();
    }
  };
}
