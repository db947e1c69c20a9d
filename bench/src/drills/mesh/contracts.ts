import type { CallContext, CallOptions, MeshProcess, ServiceBinding, ServiceDefinition } from '@flight/mesh';
import {
  BookingChangeServiceDefinition,
  BookingServiceDefinition,
  FlightServiceDefinition,
} from '@flight/proto/booking';
import { findDeadlineMs } from '@flight/proto/deadline';
import { EtlServiceDefinition } from '@flight/proto/etl';
import {
  FlightUpdateServiceDefinition,
  UserChangeServiceDefinition,
  UserServiceDefinition,
} from '@flight/proto/user';

const DEFINITIONS: readonly ServiceDefinition[] = [
  UserServiceDefinition,
  FlightUpdateServiceDefinition,
  UserChangeServiceDefinition,
  FlightServiceDefinition,
  BookingServiceDefinition,
  BookingChangeServiceDefinition,
  EtlServiceDefinition,
];

/** A unary RPC or a stream of the contracts, found by walking them. */
export interface Rpc {
  /** Full name, such as /flight.user.v1.UserService/Login. */
  readonly path: string;
  readonly streams: boolean;
  /** How long a call may take when its caller does not say, in milliseconds; undefined for a stream. */
  readonly deadlineMs: number | undefined;
  /** Calls it with an empty request; of a stream, waits for its end. */
  call(options?: CallOptions): Promise<unknown>;
}

/** What answers every RPC. Unary ones get an empty response, streams end without a message. */
export type Answering = (path: string, call: CallContext) => Promise<void>;

/** Handlers of all RPCs that do the same thing. */
export function bindAll(answering: Answering): readonly ServiceBinding[] {
  return DEFINITIONS.map((definition) => ({
    definition,
    handlers: Object.fromEntries(
      Object.entries(definition.methods).map(([key, { name, responseType, responseStream }]) => {
        const path = `/${definition.fullName}/${name}`;
        const unary = async (_request: unknown, call: CallContext) => {
          await answering(path, call);
          return responseType.decode(new Uint8Array());
        };
        async function* streaming(_request: unknown, call: CallContext): AsyncIterable<unknown> {
          await answering(path, call);
          // Ends at once: nothing has happened.
          yield* [];
        }
        return [key, responseStream ? streaming : unary];
      }),
    ),
  }));
}

type AnyCall = (request: unknown, options?: CallOptions) => Promise<unknown> | AsyncIterable<unknown>;

/** All RPCs of the contracts, at a service that serves every one of them. */
export function dialAll(caller: MeshProcess, service: string): readonly Rpc[] {
  return DEFINITIONS.flatMap((definition) => {
    const client = caller.dial(service, definition) as unknown as Readonly<Record<string, AnyCall>>;
    return Object.entries(definition.methods).map(
      ([key, { name, requestType, responseStream, options: described }]) => ({
        path: `/${definition.fullName}/${name}`,
        streams: responseStream,
        deadlineMs: findDeadlineMs(described),
        async call(options?: CallOptions) {
          const answered = client[key]?.(requestType.decode(new Uint8Array()), options);
          if (!responseStream) return answered;
          const messages: unknown[] = [];
          for await (const message of answered as AsyncIterable<unknown>) messages.push(message);
          return messages;
        },
      }),
    );
  });
}
