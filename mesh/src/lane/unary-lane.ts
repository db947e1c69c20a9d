import {
  type CallOptions,
  type ChannelOptions,
  Client,
  credentials,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { deadlineExceeded } from '../deadline.js';
import { fromStatus } from '../fault-status.js';
import type { Method } from '../method.js';
import type { Attempt, Lane } from './lane.js';

const CHANNEL_OPTIONS: ChannelOptions = {
  // Retries are the mesh's: by idempotency level, on another instance, within a budget.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // A host that vanished without a word is noticed by pings, not by TCP's patience.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
};

/** A lane with one HTTP/2 stream for each call, on one grpc-js channel to the instance. */
export function openUnaryLane(host: string, port: number): Lane {
  const client = new Client(`${host}:${port}`, credentials.createInsecure(), CHANNEL_OPTIONS);
  // Connect now, not when the first call is waiting.
  client.getChannel().getConnectivityState(true);

  return {
    unary: (method, request, attempt) => unary(client, method, request, attempt),
    stream: (method, request, attempt) => stream(client, method, request, attempt),
    close: () => client.close(),
  };
}

function unary<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: Request,
  { metadata, deadline, signal }: Attempt,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      { deadline },
      (error: ServiceError | null, response?: Response) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(toFault(error, deadline));
        else resolve(response as Response);
      },
    );
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

async function* stream<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: Request,
  { metadata, deadline, signal }: Attempt,
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

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}

function toFault(error: ServiceError, deadline: number) {
  const fault = fromStatus(error);
  // grpc-js tells of its own expired deadline in words that are for its users, not ours.
  if (fault.reason === 'DEADLINE_EXCEEDED' && Date.now() >= deadline) return deadlineExceeded(error);
  return fault;
}
