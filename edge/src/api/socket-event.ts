import type { Identity } from '@flight/mesh';
import type { z } from 'zod';
import type { Call } from '../domain/call.js';
import type { Member } from '../domain/seat.js';
import type { DeadlineClass } from '../domain/time-limit.js';

/** An event after everything that comes from outside was checked. */
export interface EventRequest<Data> {
  readonly data: Data;
  readonly identity: Identity;
  /** The socket that it came on, as rooms see it. */
  readonly member: Member;
  readonly call: Call;
  /** Names the mutation for the services. */
  readonly mutationId: string;
}

/** What a handler answers. */
export interface Reply<Data = unknown> {
  readonly data: Data;
  /** Done once the answer is sent, and before the socket's next event. */
  readonly afterwards?: () => Promise<void>;
}

/** A documented error answer of this event; those that all events share need not be said. */
export interface EventRefusal {
  readonly reason: string;
  readonly message: string;
}

/** One row of the table that the WebSocket face is made from. */
export interface EventSpec<Data extends z.ZodType, Answer extends z.ZodType> {
  /** Its name on the wire, and the label in metrics and logs. */
  readonly event: string;
  /** Unique; names the operation for generated clients. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly deadline: DeadlineClass;
  readonly data: Data;
  /** What is said when a required field is missing or empty. */
  readonly missing: string;
  /** The whole data of the answer: what is not in it is never sent. */
  readonly answer: { readonly schema: Answer; readonly example: z.input<Answer> };
  readonly refusals?: readonly EventRefusal[];
  handle(request: EventRequest<z.output<Data>>): Promise<Reply<z.input<Answer>>>;
}

export type SocketEventSpec = EventSpec<z.ZodType, z.ZodType>;

/** Checks a row: its handler answers only what the row documents. */
export function defineEvent<Data extends z.ZodType, Answer extends z.ZodType>(
  spec: EventSpec<Data, Answer>,
): SocketEventSpec {
  return spec as unknown as SocketEventSpec;
}
