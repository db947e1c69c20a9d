import type { QueryOptions } from '@flight/mesh';
import type { Caller } from '../domain/caller.js';

/** Marks a statement as a write: one that is no longer waited for is still carried out, never broken off half-way. */
export function toWrite({ deadline, signal, traceparent }: Caller): QueryOptions {
  return { deadline, signal, traceparent, commit: true };
}

/** Marks a statement as a read that must not miss what was acknowledged last, even if it fails while there is no primary. */
export function toPrimaryRead({ deadline, signal, traceparent }: Caller): QueryOptions {
  return { deadline, signal, traceparent, read: 'primary' };
}

/** Marks a statement as a read that a replica may answer: it shows everything that was acknowledged. */
export function toReplicaRead({ deadline, signal, traceparent }: Caller): QueryOptions {
  return { deadline, signal, traceparent, read: 'replicaPreferred' };
}
