import { type DescribedOptions, findDeadlineMs } from '@flight/proto/deadline';
import type { MethodDefinition } from '@grpc/grpc-js';
import { toBuffer } from './to-buffer.js';

/** How often a method may be carried out for one call: google.protobuf.MethodOptions.idempotency_level. */
export type IdempotencyLevel = 'IDEMPOTENCY_UNKNOWN' | 'NO_SIDE_EFFECTS' | 'IDEMPOTENT';

/** A message type as ts-proto generates it. */
export interface MessageType<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** A method as ts-proto's generic definitions describe it. */
export interface MethodDescription {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: message types are inferred from here and vary by method
  readonly requestType: MessageType<any>;
  readonly requestStream: false;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly responseType: MessageType<any>;
  readonly responseStream: boolean;
  readonly options: DescribedOptions & { readonly idempotencyLevel?: IdempotencyLevel };
}

/** A service as ts-proto's generic definitions describe it, such as `UserServiceDefinition`. */
export interface ServiceDefinition {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDescription>>;
}

type MessageOf<T> = T extends MessageType<infer M> ? M : never;
/** What a method is called with. */
export type RequestOf<M extends MethodDescription> = MessageOf<M['requestType']>;
/** What a method answers, once or many times. */
export type ResponseOf<M extends MethodDescription> = MessageOf<M['responseType']>;

/** A method ready for grpc-js, with what the mesh decides by. */
export interface Method<Request = unknown, Response = unknown> extends MethodDefinition<Request, Response> {
  readonly idempotencyLevel: IdempotencyLevel;
  /** How long a call may take when its caller does not say, in milliseconds; Infinity for a stream. */
  readonly deadlineMs: number;
}

/** The deadline of a unary method whose contract names none, in milliseconds. */
const USUAL_DEADLINE_MS = 2000;

/** The methods of a service by their name in code, made once for each definition. */
export function toMethods(definition: ServiceDefinition): Readonly<Record<string, Method>> {
  return Object.fromEntries(
    Object.entries(definition.methods).map(([key, method]) => [key, toMethod(definition.fullName, method)]),
  );
}

function toMethod(service: string, method: MethodDescription): Method {
  return {
    path: `/${service}/${method.name}`,
    requestStream: false,
    responseStream: method.responseStream,
    requestSerialize: (message) => toBuffer(method.requestType.encode(message).finish()),
    requestDeserialize: (bytes) => method.requestType.decode(bytes),
    responseSerialize: (message) => toBuffer(method.responseType.encode(message).finish()),
    responseDeserialize: (bytes) => method.responseType.decode(bytes),
    originalName: method.name,
    idempotencyLevel: method.options.idempotencyLevel ?? 'IDEMPOTENCY_UNKNOWN',
    deadlineMs: method.responseStream ? Infinity : (findDeadlineMs(method.options) ?? USUAL_DEADLINE_MS),
  };
}
