import { type DescMethod, type FileRegistry, getOption } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';

/** The option that says how long a call may take. */
const DEADLINE = 'flight.type.v1.deadline_ms';

/** How long a call may take when its caller does not say: "3 s". A stream has none. */
export function findDeadline(method: DescMethod, contracts: FileRegistry): string | undefined {
  const option = contracts.getExtension(DEADLINE);
  if (!option) throw new Error(`the contracts have no option ${DEADLINE}`);
  const deadlineMs = Number(getOption(method, option));
  if (deadlineMs === 0) return undefined;
  return deadlineMs % 1000 === 0 ? `${deadlineMs / 1000} s` : `${deadlineMs} ms`;
}

/** Whether callers may repeat a call of a method, in few words. */
export function toRepeats({ idempotency }: DescMethod): string {
  switch (idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return 'free of side effects';
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return 'safe to repeat';
    case MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN:
      return 'not repeated';
  }
}

/** The same in a sentence. */
export function explainRepeats({ idempotency, input }: DescMethod): string {
  switch (idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return 'it is free of side effects; call it as often as you like, at several instances at once too.';
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return input.fields.some(({ name }) => name === 'request_id')
        ? 'it is safe to repeat with the same `request_id`, which is carried out once.'
        : 'it is safe to repeat; two calls come to the same as one.';
    case MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN:
      return 'it is not repeated for you; each call counts.';
  }
}
