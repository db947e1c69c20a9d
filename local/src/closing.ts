/** What has been opened, to be closed in reverse order, once. */
export interface Closing {
  /** Registers the close of something that has just been opened. */
  add(close: () => Promise<void>): void;
  /** Closes everything even if something refuses to; every call gets the same answer. */
  close(): Promise<void>;
  /** Closes everything because of an error, and answers what to throw: that error, with those of closing behind it. */
  closeAfter(error: unknown): Promise<unknown>;
}

export function createClosing(): Closing {
  const closes: (() => Promise<void>)[] = [];
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= closeBackwards(closes);
    return closed;
  };
  return {
    add: (one) => void closes.push(one),
    close,
    closeAfter: async (error) => {
      try {
        await close();
        return error;
      } catch (further) {
        return new AggregateError([error, further], error instanceof Error ? error.message : String(error));
      }
    },
  };
}

async function closeBackwards(closes: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closes.toReversed()) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} things could not be closed`);
}
