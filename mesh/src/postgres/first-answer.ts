/** One way to get an answer. */
export interface Way<T> {
  /** @param signal aborts when the answer is no longer wanted */
  ask(signal: AbortSignal): Promise<T>;
  /** For how long nothing has come this way, for anybody, in milliseconds. Asked every tenth of a second. */
  silentMs(): number;
  /** This way is tried beside the one before when that has been silent for so long, in milliseconds. */
  readonly afterSilenceMs: number;
}

/** How often a way that has not answered is asked how long it has been silent, in milliseconds. */
const LOOK_EVERY_MS = 100;

/**
 * The first answer from several ways, each begun only when the ones before failed or keep silent (the staggered race of
 * RFC 8305, section 5). When one has answered the others are called off.
 *
 * @param isWorthAnother whether another way may succeed where one failed like this
 * @throws what the last way failed with, or the first failure that is not worth another, or the signal's reason
 */
export function firstAnswer<T>(
  ways: readonly [Way<T>, ...Way<T>[]],
  isWorthAnother: (error: unknown) => boolean,
  signal: AbortSignal,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const running = new Set<AbortController>();
    let begun = 0;
    let timer: NodeJS.Timeout | undefined;

    function callOff(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', callOff);
      for (const each of running) each.abort(signal.reason);
      running.clear();
    }

    function begin(): void {
      const way = ways[begun];
      if (way === undefined) return;
      begun += 1;
      const own = new AbortController();
      running.add(own);
      way.ask(own.signal).then(
        (answer) => {
          running.delete(own);
          callOff();
          resolve(answer);
        },
        (error: unknown) => {
          running.delete(own);
          fail(error);
        },
      );
      clearTimeout(timer);
      look(way, ways[begun]);
    }

    function look(way: Way<T>, next: Way<T> | undefined): void {
      if (next === undefined) return;
      timer = setTimeout(() => {
        if (way.silentMs() >= next.afterSilenceMs) begin();
        else look(way, next);
      }, LOOK_EVERY_MS);
    }

    function fail(error: unknown): void {
      const another = isWorthAnother(error) && !signal.aborted;
      if (another && begun < ways.length) begin();
      else if (!another || running.size === 0) {
        callOff();
        reject(error);
      }
    }

    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', callOff, { once: true });
    begin();
  });
}
