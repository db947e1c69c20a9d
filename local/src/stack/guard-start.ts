import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { PlainError } from '../plain-error.js';
import type { SupervisorOptions } from '../processes/supervise.js';

export interface StartGuard {
  /** Aborts when the start was given up by its caller or has become hopeless. */
  readonly signal: AbortSignal;
  readonly onDeath: NonNullable<SupervisorOptions['onDeath']>;
  /** The start has succeeded: from now on a death is only a reason to start again. */
  disarm(): void;
}

// Half a second, one, two, four: whoever dies a fifth time does not wait for something that is about to come up.
const HOPELESS_DEATHS = 5;

/** Ends a start as soon as one of its processes keeps dying, with that process' last words, instead of after a time-out. */
export function guardStart(givenUp: AbortSignal | undefined): StartGuard {
  const hopeless = new AbortController();
  let armed = true;
  const signal = givenUp ? AbortSignal.any([givenUp, hopeless.signal]) : hopeless.signal;
  // One for each server that is waited for; the full stack has more than Node expects.
  setMaxListeners(0, signal);
  return {
    signal,
    disarm: () => {
      armed = false;
    },
    onDeath: ({ id, deaths, logFile }) => {
      if (!armed || deaths < HOPELESS_DEATHS) return;
      void readLastLine(logFile).then((line) =>
        hopeless.abort(
          new PlainError(`${id} ended ${deaths} times while starting: ${line} (log: ${logFile})`),
        ),
      );
    },
  };
}

async function readLastLine(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
  } catch (error) {
    return `its log can't be read: ${String(error)}`;
  }
}
