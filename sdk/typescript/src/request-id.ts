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

/**
 * The request with a name of its own, so that all attempts at it are one request to the service. One that has a name keeps it,
 * and the caller's object stays as it is.
 */
export function withRequestId<I extends DescMessage>(schema: I, input: MessageInitShape<I>): MessageShape<I> {
  const message = create(schema, input);
  const field = schema.fields.find(({ name }) => name === 'request_id');
  if (field === undefined) return message;
  const named = isMessage(input) ? clone(schema, message) : message;
  const fields = reflect(schema, named);
  if (fields.get(field) === '') fields.set(field, randomUUID());
  return named;
}
