import { Fault, type FaultKind } from '@flight/mesh/fault';
import type { Reason } from '@flight/proto/reason';
import type { Source } from './source.js';

/** Why a part failed, in one word. */
export const FAILURE_REASONS = [
  /** The source does not answer. */
  'unreachable',
  /** The source is another database than the one that was copied. */
  'token_lost',
  /** The source answers something that can't be used. */
  'refused',
  /** Source and warehouse disagree. */
  'mismatch',
  /** Another process is loading the source. */
  'busy',
  /** The warehouse's own database does not answer. */
  'warehouse',
  /** The other source's part failed, without which this one is of no use. */
  'partner',
  'internal',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Ends a part. Its message is a sentence for those who look at the run. */
export class PartFailure extends Error {
  override readonly name = 'PartFailure';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** Faults after which the same question may well be answered. */
const PASSING: ReadonlySet<FaultKind> = new Set([
  'unavailable',
  'cancelled',
  'deadline_exceeded',
  'resource_exhausted',
  'aborted',
]);

/** Whether a source that failed like this may answer when it is asked again, perhaps by another of its instances. */
export function isPassing(error: unknown): boolean {
  return error instanceof Fault && PASSING.has(error.kind);
}

/** What a failure to read a source means for its part. */
export function toSourceFailure(source: Source, error: unknown): PartFailure {
  if (!(error instanceof Fault))
    return new PartFailure('internal', `Reading ${source} failed: the log says how`, error);
  if (isPassing(error))
    return new PartFailure(
      'unreachable',
      `${source} does not answer: ${error.reason}, ${error.message}`,
      error,
    );
  if (isTokenLost(error))
    return new PartFailure(
      'token_lost',
      `${source} has another database than before: a rebuild follows`,
      error,
    );
  return new PartFailure('refused', `${source} answers ${error.reason}: ${error.message}`, error);
}

/** What any failure means for a part; nothing that a stranger may not read goes into the sentence. */
export function toPartFailure(error: unknown): PartFailure {
  if (error instanceof PartFailure) return error;
  if (isPassing(error)) return new PartFailure('warehouse', 'The warehouse does not answer', error);
  return new PartFailure('internal', 'The load failed: the log says how', error);
}

function isTokenLost({ reason }: Fault): boolean {
  const lost: readonly string[] = ['CHANGE_TOKEN_LOST', 'INVALID_CHANGE_TOKEN'] satisfies readonly Reason[];
  return lost.includes(reason);
}
