import { type DescMessage, type DescMethod, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import type { ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import type { Instance } from './instances.js';

/** What is sent at every attempt. */
export interface Outgoing<O extends DescMessage> {
  readonly method: DescMethod & { readonly output: O };
  readonly request: Buffer;
  readonly metadata: Metadata;
  /** Milliseconds since the epoch; Infinity for never. */
  readonly deadline: number;
  /** Calls back when the call is to end before its time; answers how to stop that. */
  readonly onLeave: (cancel: () => void) => () => void;
}

/** What came of a unary call. */
export interface Answer<O extends DescMessage> {
  readonly message: MessageShape<O>;
  readonly header: Metadata | undefined;
  readonly trailer: Metadata | undefined;
}

/** A stream whose server has begun to answer. */
export interface Answering<O extends DescMessage> {
  readonly messages: AsyncIterable<MessageShape<O>>;
  readonly header: Metadata | undefined;
  readonly trailer: () => Metadata | undefined;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** One attempt at a unary call. @throws ServiceError */
export function attemptUnary<O extends DescMessage>(
  { client }: Instance,
  { method, request, metadata, deadline, onLeave }: Outgoing<O>,
): Promise<Answer<O>> {
  return new Promise((resolve, reject) => {
    let header: Metadata | undefined;
    let trailer: Metadata | undefined;
    let message: MessageShape<O> | undefined;
    let failure: ServiceError | null = null;
    const read = (bytes: Buffer) => fromBinary(method.output, bytes);
    const call = client.makeUnaryRequest(
      pathOf(method),
      asIs,
      read,
      request,
      metadata,
      { deadline },
      (error, answer) => {
        failure = error;
        message = answer;
      },
    );
    const release = onLeave(() => call.cancel());
    call.on('metadata', (received: Metadata) => {
      header = received;
    });
    // The last event of all.
    call.on('status', (status) => {
      release();
      trailer = status.metadata;
      if (message !== undefined) resolve({ message, header, trailer });
      else reject(failure);
    });
  });
}

/** One attempt at a stream: resolves when its server begins to answer. @throws ServiceError */
export function attemptStream<O extends DescMessage>(
  { client }: Instance,
  { method, request, metadata, deadline, onLeave }: Outgoing<O>,
): Promise<Answering<O>> {
  const read = (bytes: Buffer) => fromBinary(method.output, bytes);
  const call = client.makeServerStreamRequest(pathOf(method), asIs, read, request, metadata, { deadline });
  const ended: { failure?: ServiceError; trailer?: Metadata } = {};
  const release = onLeave(() => call.cancel());
  call.on('error', (error: ServiceError) => {
    ended.failure ??= error;
  });
  call.on('status', ({ metadata: trailer }) => {
    release();
    ended.trailer = trailer;
  });
  return new Promise((resolve, reject) => {
    const begin = (header?: Metadata) =>
      resolve({ messages: messagesOf(call, ended), header, trailer: () => ended.trailer });
    call.once('metadata', begin);
    call.once('error', reject);
    // A stream that ends before it began has no header.
    call.once('status', () => begin());
  });
}

/** Whoever leaves the loop cancels the call. An error that came before anybody looked is told at the end. */
async function* messagesOf<T>(
  call: ClientReadableStream<T>,
  ended: { readonly failure?: ServiceError },
): AsyncGenerator<T, void> {
  try {
    for await (const message of call) yield message;
    if (ended.failure) throw ended.failure;
  } finally {
    call.cancel();
  }
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}
