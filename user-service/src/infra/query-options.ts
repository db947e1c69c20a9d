import type { QueryOptions } from '@flight/mesh';
import type { Caller } from '../domain/caller.js';

/** Marks a statement as a write: one that is no longer waited for is still carried out, never broken off half-way. */
export function toWrite({ deadline, signal }: Caller): QueryOptions {
  return { deadline, signal, commit: true };
}
