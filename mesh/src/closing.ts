import type { Logger } from './log.js';

/** What was opened, to be closed in reverse order. */
export interface Closing {
  /**
   * Registers how to close something that was just opened. What is added once closing has begun is closed at once.
   *
   * @param name what is closed, for the log
   */
  add(name: string, close: () => void | Promise<void>): void;

  /** Closes everything, last opened first, once; a close that fails is logged and doesn't keep the others open. */
  close(): Promise<void>;
}

type Entry = readonly [name: string, close: () => void | Promise<void>];

/** Makes an empty list of things to close. */
export function createClosing(log: Logger): Closing {
  const entries: Entry[] = [];
  let closed: Promise<void> | undefined;

  async function closeOne([name, close]: Entry): Promise<void> {
    try {
      await close();
    } catch (error) {
      log.error({ err: error, part: name }, 'did not close in order');
    }
  }

  async function closeAll(): Promise<void> {
    for (let entry = entries.pop(); entry; entry = entries.pop()) await closeOne(entry);
  }

  return {
    add(name, close) {
      if (closed) closed = closed.then(() => closeOne([name, close]));
      else entries.push([name, close]);
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
