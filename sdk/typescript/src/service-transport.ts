import { type DescMessage, type DescMethod, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { type Answering, attemptStream, attemptUnary, type Outgoing } from './attempt.js';
import { type Call, type Calling, carryOut, isWanted, onLeave, toFlightError } from './carry-out.js';
import { toDeadline } from './deadline.js';
import { toFailure } from './failure.js';
import { type HeaderInit, toHeaders, toMetadata } from './metadata.js';
import { withRequestId } from './request-id.js';
import type { TokenSource } from './token.js';

/**
 * What Connect's clients call a service through: each call gets a deadline, names for the logs and for being repeated, and the
 * token; then grpc-js carries it out at one of the service's instances.
 */
export function createServiceTransport(calling: Calling, token: TokenSource | undefined): Transport {
  async function open<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { readonly input: I; readonly output: O },
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    given: HeaderInit | undefined,
    input: MessageInitShape<I>,
  ): Promise<{ readonly call: Call; readonly outgoing: Outgoing<O> }> {
    const deadline = toDeadline(method, timeoutMs);
    const { metadata, requestId } = await toMetadata(given, token);
    const bytes = toBinary(method.input, withRequestId(method.input, input));
    const request = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const call = { method, requestId, deadline, signal };
    const leave = (cancel: () => void) => onLeave(calling.instances, call, cancel);
    return { call, outgoing: { method, request, metadata, deadline, onLeave: leave } };
  }

  return {
    async unary(method, signal, timeoutMs, given, input) {
      const { call, outgoing } = await open(method, signal, timeoutMs, given, input);
      const { message, header, trailer } = await carryOut(calling, call, (instance) =>
        attemptUnary(instance, outgoing),
      );
      return {
        stream: false,
        service: method.parent,
        method,
        message,
        get header() {
          return toHeaders(header);
        },
        get trailer() {
          return toHeaders(trailer);
        },
      };
    },

    async stream(method, signal, timeoutMs, given, input) {
      const { call, outgoing } = await open(method, signal, timeoutMs, given, await onlyOne(input));
      const answering = await carryOut(calling, call, (instance) => attemptStream(instance, outgoing));
      return {
        stream: true,
        service: method.parent,
        method,
        message: withFlightErrors(answering, calling, call),
        get header() {
          return toHeaders(answering.header);
        },
        get trailer() {
          return toHeaders(answering.trailer());
        },
      };
    },
  };
}

/** The contracts have no method that takes a stream. */
async function onlyOne<T>(input: AsyncIterable<T>): Promise<T> {
  for await (const message of input) return message;
  throw new ConnectError('There is no request', Code.InvalidArgument);
}

async function* withFlightErrors<O extends DescMessage>(
  { messages }: Answering<O>,
  { instances }: Calling,
  call: Call,
) {
  try {
    yield* messages;
  } catch (error) {
    throw toFlightError(toFailure(error, isWanted(instances, call)), call);
  }
}
