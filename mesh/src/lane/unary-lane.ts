import {
  type CallOptions,
  Channel,
  type ChannelOptions,
  Client,
  credentials,
  type Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { deadlineExceeded } from '../deadline.js';
import { type FailedStatus, fromStatus } from '../fault-status.js';
import type { Method } from '../method.js';
import type { Attempt, Lane, Pending } from './lane.js';

const CHANNEL_OPTIONS: ChannelOptions = {
  // Retries are the mesh's: by idempotency level, on another instance, within a budget.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // With HTTP/2's 64 KiB, a stream of large messages waits for its reader's permission many times a message.
  'grpc-node.flow_control_window': 1024 * 1024,
  // A host that vanished without a word is noticed by pings, not by TCP's patience.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
};

/** A lane with one HTTP/2 stream for each call, on one grpc-js channel to the instance. */
export function openUnaryLane(host: string, port: number): Lane {
  const address = `${host}:${port}`;
  const insecure = credentials.createInsecure();
  const channel = new Channel(address, insecure, CHANNEL_OPTIONS);
  const client = new Client(address, insecure, { channelOverride: channel });
  // Connect now, not when the first call is waiting.
  channel.getConnectivityState(true);

  return {
    unary: (method, request, attempt) => unary(channel, method, request, attempt),
    stream: (method, request, attempt, signal) => stream(client, method, request, attempt, signal),
    close: () => channel.close(),
  };
}

/**
 * Sends a unary call on the channel itself: grpc-js' client would wrap it in interceptors, an event emitter and a
 * captured stack, which nobody here looks at and which cost a fifth of the call.
 */
function unary<Request, Response>(
  channel: Channel,
  method: Method<Request, Response>,
  request: Request,
  { metadata, deadline }: Attempt,
): Pending<Response> {
  const { promise: response, resolve, reject } = withResolvers<Response>();
  const call = channel.createCall(method.path, deadline, null, null, null);
  let answer: Buffer | undefined;

  function settle(ended: FailedStatus): void {
    try {
      if (ended.code !== status.OK) throw toFault(ended, deadline);
      if (answer === undefined) throw toFault(NO_MESSAGE, deadline);
      resolve(method.responseDeserialize(answer));
    } catch (error) {
      reject(error);
    }
  }

  call.start(metadata, {
    onReceiveMetadata: () => undefined,
    onReceiveMessage: (bytes: Buffer) => {
      answer = bytes;
    },
    onReceiveStatus: settle,
  });
  call.startRead();
  call.sendMessageWithContext({}, method.requestSerialize(request));
  call.halfClose();
  return { response, cancel: () => call.cancelWithStatus(status.CANCELLED, 'cancelled') };
}

/** What a callee that says OK without an answer has done wrong. */
const NO_MESSAGE: FailedStatus = { code: status.INTERNAL, details: 'OK without a message' };

async function* stream<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: Request,
  { metadata, deadline }: Attempt,
  signal: AbortSignal | undefined,
): AsyncIterable<Response> {
  signal?.throwIfAborted();
  const call = makeStream(client, method, request, metadata, { deadline });
  const cancel = () => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    yield* call as AsyncIterable<Response>;
  } catch (error) {
    throw isServiceError(error) ? toFault(error, deadline) : error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    // A consumer that stops early leaves the callee working for nobody otherwise.
    call.cancel();
  }
}

function makeStream<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: Request,
  metadata: Metadata,
  options: CallOptions,
) {
  return client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    metadata,
    options,
  );
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}

function toFault(error: FailedStatus, deadline: number) {
  const fault = fromStatus(error);
  // grpc-js tells of its own expired deadline in words that are for its users, not ours.
  if (fault.reason === 'DEADLINE_EXCEEDED' && Date.now() >= deadline) return deadlineExceeded(error);
  return fault;
}
