import { Fault, type Logger, pause, untilAborted } from '@flight/mesh';
import type { ChangeBatch, ChangeFeed } from '../domain/changes.js';
import { isPassing } from '../domain/part-failure.js';
import type { Source } from '../domain/source.js';

/** What a feed is resumed with. */
export interface ResumedFeedOptions {
  readonly source: Source;
  /** Opens the source's stream behind a token. */
  readonly open: (token: string, signal: AbortSignal) => AsyncIterable<ChangeBatch>;
  readonly log: Logger;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** How long a stream may say nothing before another one is tried, in milliseconds. */
  readonly silentMs?: number;
}

/** Twice as long in silence, and the part is given up. */
const SILENT_MS = 15_000;
/** A stream that was silent counts as so many failures. */
const SILENCE_WEIGHS = 3;
/** Ceiling of the first pause, in milliseconds; it doubles for each further one. */
const BACKOFF_MS = 100;

/**
 * A feed that goes on behind the last message when its stream breaks or falls silent: with another instance of the
 * source, where there is one. After some failures in a row it gives up, with the last one.
 */
export function createResumedFeed(options: ResumedFeedOptions): ChangeFeed {
  const { source, open, log, random, silentMs = SILENT_MS } = options;
  return {
    async *read(token, failuresMax, signal) {
      let position = token;
      let failures = 0;
      for (;;) {
        try {
          for await (const batch of withinSilence(open, position, signal, silentMs)) {
            position = batch.token;
            failures = 0;
            yield batch;
            if (batch.checkpoint !== undefined) return;
          }
          throw new Fault('unavailable', 'UNREACHABLE', 'The stream ended before its checkpoint');
        } catch (error) {
          signal.throwIfAborted();
          failures += error instanceof Silence ? SILENCE_WEIGHS : 1;
          if (failures > failuresMax || !isPassing(error)) throw error;
          log.info({ err: error, source }, 'a change feed broke; going on behind its last message');
          await pause(BACKOFF_MS * 2 ** (failures - 1) * (0.5 + random() / 2), signal);
          signal.throwIfAborted();
        }
      }
    },
  };
}

class Silence extends Fault {
  constructor(silentMs: number) {
    super('unavailable', 'UNREACHABLE', `Said nothing for ${silentMs} ms`);
  }
}

/** A stream that is closed when the next message keeps too long, waiting for the reader not counted. */
async function* withinSilence(
  open: ResumedFeedOptions['open'],
  token: string,
  signal: AbortSignal,
  silentMs: number,
): AsyncIterable<ChangeBatch> {
  const given = new AbortController();
  const messages = open(token, AbortSignal.any([signal, given.signal]))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = setTimeout(() => given.abort(new Silence(silentMs)), silentMs);
      try {
        const { done, value } = await untilAborted(messages.next(), given.signal);
        if (done) return;
        clearTimeout(timer);
        yield value;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    // Not waited for: a stream that hangs need not answer this either.
    given.abort(new Error('the stream is not read any more'));
    Promise.resolve(messages.return?.()).catch(() => undefined);
  }
}
