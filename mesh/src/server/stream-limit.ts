import { Fault } from '../fault.js';
import type { Streaming } from './handler.js';

/** Decides which streams a server begins. */
export interface StreamLimit {
  /** By method, the streams that were let in and have not ended. */
  readonly open: ReadonlyMap<string, number>;
  /** Lets a stream in. @throws Fault OVERLOADED when the method has as many as it may */
  enter(method: string): void;
  /** Lets a stream out. */
  leave(method: string): void;
}

/** What a limit is made with. */
export interface StreamLimitOptions {
  /** Full names of the methods that stream. */
  readonly methods: Iterable<string>;
  /** Streams of each method at most. */
  readonly ceiling: number;
  /** Hears of each stream that is refused. */
  readonly onShed: (method: string) => void;
}

/** When a refused caller may come back, in milliseconds: streams end rarely, but another instance may have room. */
const RETRY_AFTER_MS = 1000;

/**
 * Makes a limit of the streams that are open at once. Each method has its own, so that strangers who follow one thing
 * leave room for the services that watch another.
 */
export function createStreamLimit({ methods, ceiling, onShed }: StreamLimitOptions): StreamLimit {
  // Made once: under a flood, the stack trace of each would cost more than the rest of refusing.
  const full = overloaded();
  const open = new Map<string, number>();
  for (const method of methods) open.set(method, 0);

  return {
    open,
    enter(method) {
      const before = open.get(method) ?? 0;
      if (before >= ceiling) {
        onShed(method);
        throw full;
      }
      open.set(method, before + 1);
    },
    leave(method) {
      open.set(method, (open.get(method) ?? 0) - 1);
    },
  };
}

/** The handler with the limit before it. */
export function withStreamLimit(limit: StreamLimit, method: string, handler: Streaming): Streaming {
  return async function* (request, call) {
    limit.enter(method);
    try {
      yield* handler(request, call);
    } finally {
      limit.leave(method);
    }
  };
}

function overloaded(): Fault {
  const message = 'Too many streams at this moment. Try again soon.';
  return new Fault('resource_exhausted', 'OVERLOADED', message, {}, { retryAfterMs: RETRY_AFTER_MS });
}
