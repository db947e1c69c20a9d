import { randomUUID } from 'node:crypto';
import {
  clone,
  create,
  type DescMessage,
  isMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';

/** A request, and its name where its kind has one. */
interface Named<I extends DescMessage> {
  readonly message: MessageShape<I>;
  readonly requestId: string | undefined;
}

/**
 * The request with a name of its own, so that all attempts at it are one request to the service. One that has a name keeps it,
 * and the caller's object stays as it is.
 */
export function withRequestId<I extends DescMessage>(schema: I, input: MessageInitShape<I>): Named<I> {
  const message = create(schema, input);
  const field = schema.fields.find(({ name }) => name === 'request_id');
  if (field === undefined) return { message, requestId: undefined };
  const named = isMessage(input) ? clone(schema, message) : message;
  const fields = reflect(schema, named);
  if (fields.get(field) === '') fields.set(field, randomUUID());
  return { message: named, requestId: String(fields.get(field)) };
}

/** What a service takes for a name in its logs. */
const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/** The call's name for the logs: the caller's, else the request's, else a new one. */
export function toCallName(given: string | undefined, requestId: string | undefined): string {
  if (given) return given;
  return requestId !== undefined && VISIBLE_ASCII.test(requestId) ? requestId : randomUUID();
}
