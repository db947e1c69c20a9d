import { abortWith } from './abort-with.js';
import type { Instances } from './instances.js';

/** Tells when nobody waits any more for what was begun. */
export interface Leaving {
  /** Aborts when the caller does, or when the client is closed. */
  readonly signal: AbortSignal;
  /** Listens no more: what was begun has ended. */
  readonly release: () => void;
}

export function untilLeft({ onClose }: Instances, given: AbortSignal | undefined): Leaving {
  const left = new AbortController();
  const stays = [abortWith(left, given), onClose(() => left.abort(new Error('The client is closed')))];
  return {
    signal: left.signal,
    release: () => {
      for (const stop of stays) stop();
    },
  };
}
