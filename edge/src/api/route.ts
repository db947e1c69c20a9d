import type { Identity } from '@flight/mesh';
import type { z } from 'zod';
import type { Call } from '../domain/call.js';
import type { DeadlineClass } from '../domain/time-limit.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** none: a token is not looked at. optional: one that is sent must be valid. bearer: one must be sent. */
export type Auth = 'none' | 'optional' | 'bearer';

/** The groups that the documentation shows routes in. */
export type Tag = 'Status' | 'Accounts' | 'Flights' | 'Bookings' | 'Testing' | 'Operations';

/** A documented success. */
export interface AnswerSpec {
  readonly description: string;
  /** The whole body: what is not in it is never sent. */
  readonly schema: z.ZodType;
  readonly example: unknown;
  /** Headers that may come with it, by name, with what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `application/json` when not said. A body of another type is text. */
  readonly contentType?: string;
}

/** A documented refusal of this route; those that all routes of its kind share need not be said. */
export interface RefusalSpec {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
}

export type AnswerSpecs = Readonly<Record<number, AnswerSpec>>;

/** What a handler answers: one of the documented successes. */
export interface Answer<Status extends number = number, Body = unknown> {
  readonly status: Status;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

type AnswerOf<A extends AnswerSpecs> = {
  [Status in keyof A & number]: Answer<Status, z.input<A[Status]['schema']>>;
}[keyof A & number];

/** A request after everything that comes from outside was checked. */
export interface RouteRequest<Params, Query, Body, Who> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly identity: Who;
  readonly call: Call;
  /** Whom the request comes from, as counted for limits. */
  readonly network: string;
  /** Names the mutation for the services: the client's Idempotency-Key where the route takes one, or a new one. */
  readonly mutationId: string;
}

type Who<U extends Auth> = U extends 'bearer' ? Identity : Identity | undefined;

/** One row of the table that the HTTP face is made from. */
export interface RouteSpec<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answers extends AnswerSpecs,
  U extends Auth,
> {
  readonly method: Method;
  /** OpenAPI's form: `/api/flight/bookings/{user_id}`. Also the label in metrics and logs. */
  readonly path: string;
  /** Unique; names the operation for generated clients. */
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly auth: U;
  readonly deadline: DeadlineClass;
  /** Parts of the path. One that doesn't fit makes the address unknown: 404. */
  readonly params?: Params;
  readonly query?: Query;
  /** A JSON object. */
  readonly body?: Body;
  /** What is said when a required field is missing or empty. */
  readonly missing?: string;
  readonly takesIdempotencyKey?: boolean;
  /** Whether the general rate limit leaves it alone: what a balancer or a monitor asks for. */
  readonly unlimited?: boolean;
  /** Whether it is left out of the documentation: what a page loads. */
  readonly undocumented?: boolean;
  readonly answers: Answers;
  readonly refusals?: readonly RefusalSpec[];
  handle(
    request: RouteRequest<z.output<Params>, z.output<Query>, z.output<Body>, Who<U>>,
  ): Promise<AnswerOf<Answers>>;
}

export type Route = RouteSpec<z.ZodType, z.ZodType, z.ZodType, AnswerSpecs, Auth>;

/** Makes an answer that keeps its exact status and texts in its type, so that it can be held against the row's. */
export function answer<const Status extends number, const Body>(
  status: Status,
  body: Body,
  headers?: Readonly<Record<string, string>>,
): Answer<Status, Body> {
  return { status, body, headers };
}

/** Checks a row: its handler answers only what the row documents. */
export function defineRoute<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  const Answers extends AnswerSpecs,
  U extends Auth,
>(spec: RouteSpec<Params, Query, Body, Answers, U>): Route {
  return spec as unknown as Route;
}
