/** Reads that callers share: of one key, one runs and at most one more is lined up, however many ask. */
export interface SharedReads<T> {
  /** What a read that starts after this call finds. */
  read(key: string, load: () => Promise<T>): Promise<T>;
}

interface Reads<T> {
  readonly running: Promise<T>;
  next: Promise<T> | undefined;
}

/**
 * A caller never joins the read that is running, which may have seen the time before a change that he knows of; he
 * joins the one behind it. So a shared answer is as fresh as one of his own.
 */
export function createSharedReads<T>(): SharedReads<T> {
  const reads = new Map<string, Reads<T>>();

  function start(key: string, load: () => Promise<T>): Promise<T> {
    const running = load().finally(() => {
      // Whoever is lined up replaces this entry when it starts.
      if (reads.get(key)?.next === undefined) reads.delete(key);
    });
    reads.set(key, { running, next: undefined });
    return running;
  }

  return {
    read(key, load) {
      const current = reads.get(key);
      if (current === undefined) return start(key, load);
      current.next ??= current.running.then(
        () => start(key, load),
        () => start(key, load),
      );
      return current.next;
    },
  };
}
