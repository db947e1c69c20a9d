import { type DescMessage, type DescMethod, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { type Answering, attemptStream, attemptUnary, type Outgoing } from './attempt.js';
import { type Call, checkWanted, toFlightError } from './call.js';
import { type Calling, carryOut } from './carry-out.js';
import { toDeadline } from './deadline.js';
import { failureOf, toFailure } from './failure.js';
import { untilLeft } from './leaving.js';
import { atAttempt, findMetadata, type HeaderInit, toHeaders } from './metadata.js';
import { toCallName, withRequestId } from './request-id.js';
import { type TokenSource, toAuthorization } from './token.js';

/**
 * What Connect's clients call a service through: each call gets a deadline, names for the logs and for being repeated, and the
 * token; then grpc-js carries it out at one of the service's instances.
 */
export function createServiceTransport(calling: Calling, token: TokenSource | undefined): Transport {
  async function open<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { readonly input: I; readonly output: O },
    signal: AbortSignal,
    timeoutMs: number | undefined,
    given: HeaderInit | undefined,
    input: MessageInitShape<I>,
  ): Promise<{ readonly call: Call; readonly outgoing: Outgoing<O> }> {
    const deadline = toDeadline(method, timeoutMs);
    const named = withRequestId(method.input, input);
    const bytes = toBinary(method.input, named.message);
    const request = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const metadata = findMetadata(given);
    const requestId = toCallName(metadata?.get('x-request-id')[0]?.toString(), named.requestId);
    const call = { method, requestId, deadline, signal };
    if (metadata === undefined)
      throw toFlightError(failureOf(Code.InvalidArgument, 'The headers can’t be sent as they are'), call);
    checkWanted(call);
    metadata.set('x-request-id', requestId);
    if (metadata.get('authorization').length === 0) {
      const authorization = await toAuthorization(token, call);
      if (authorization !== undefined) metadata.set('authorization', authorization);
    }
    return { call, outgoing: { method, request, metadata, deadline, signal } };
  }

  return {
    async unary(method, given, timeoutMs, headers, input) {
      const { signal, release } = untilLeft(calling.instances, given);
      try {
        const { call, outgoing } = await open(method, signal, timeoutMs, headers, input);
        const { message, header, trailer } = await carryOut(calling, call, (instance, previousAttempts) =>
          attemptUnary(instance, { ...outgoing, metadata: atAttempt(outgoing.metadata, previousAttempts) }),
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
      } finally {
        release();
      }
    },

    async stream(method, given, timeoutMs, headers, input) {
      const { signal, release } = untilLeft(calling.instances, given);
      try {
        const { call, outgoing } = await open(method, signal, timeoutMs, headers, await onlyOne(input));
        const answering = await carryOut(calling, call, (instance) =>
          attemptStream(instance, outgoing, release),
        );
        return {
          stream: true,
          service: method.parent,
          method,
          message: withFlightErrors(answering, call),
          get header() {
            return toHeaders(answering.header);
          },
          get trailer() {
            return toHeaders(answering.trailer());
          },
        };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

/** The contracts have no method that takes a stream. */
async function onlyOne<T>(input: AsyncIterable<T>): Promise<T> {
  for await (const message of input) return message;
  throw new ConnectError('There is no request', Code.InvalidArgument);
}

async function* withFlightErrors<O extends DescMessage>({ messages }: Answering<O>, call: Call) {
  try {
    yield* messages;
  } catch (error) {
    throw toFlightError(toFailure(error, !call.signal.aborted), call);
  }
}
