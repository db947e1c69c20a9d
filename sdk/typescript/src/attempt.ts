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
  /** Aborts when the call is to end before its time. Of this call alone: nobody stops listening. */
  readonly signal: AbortSignal;
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
  { method, request, metadata, deadline, signal }: Outgoing<O>,
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
    cancelWhenAborted(call, signal);
    call.on('metadata', (received: Metadata) => {
      header = received;
    });
    // The last event of all.
    call.on('status', (status) => {
      trailer = status.metadata;
      if (message !== undefined) resolve({ message, header, trailer });
      else reject(failure);
    });
  });
}

/** One attempt at a stream: resolves when its server begins to answer, calls back when it has ended. @throws ServiceError */
export function attemptStream<O extends DescMessage>(
  { client }: Instance,
  { method, request, metadata, deadline, signal }: Outgoing<O>,
  onEnd: () => void,
): Promise<Answering<O>> {
  const read = (bytes: Buffer) => fromBinary(method.output, bytes);
  const call = client.makeServerStreamRequest(pathOf(method), asIs, read, request, metadata, { deadline });
  const ended: { failure?: ServiceError; trailer?: Metadata } = {};
  cancelWhenAborted(call, signal);
  call.on('error', (error: ServiceError) => {
    ended.failure ??= error;
  });
  call.on('status', ({ metadata: trailer }) => {
    ended.trailer = trailer;
    onEnd();
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

/** An error that came before anybody looked is told at the end. */
async function* messagesOf<T>(
  call: ClientReadableStream<T>,
  ended: { readonly failure?: ServiceError },
): AsyncGenerator<T, void> {
  for await (const message of call) yield message;
  if (ended.failure) throw ended.failure;
}

function cancelWhenAborted(call: { cancel(): void }, signal: AbortSignal): void {
  if (signal.aborted) call.cancel();
  else signal.addEventListener('abort', () => call.cancel(), { once: true });
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}
