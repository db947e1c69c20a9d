import type { Stack } from '@flight/local';

/** Kills processes of a stack in turn, never one before the last one is well again. */
export interface Killer {
  /** How many it has killed. */
  readonly kills: number;
  /** Resolves when the next one may be killed, with what kills it; it is started again at once. */
  next(): Promise<() => void>;
  /** Resolves when all are well again. */
  settled(): Promise<void>;
}

/** @param victims ids of instances, killed by kill -9 in this order, again and again */
export function createKiller(stack: Pick<Stack, 'kill' | 'restart'>, victims: readonly string[]): Killer {
  let kills = 0;
  let well: Promise<void> = Promise.resolve();

  return {
    get kills() {
      return kills;
    },
    next() {
      // Each takes its place behind the one before, whose victim must be back.
      const { promise, resolve } = withResolver<() => Promise<void>>();
      const before = well;
      well = promise.then((restart) => restart());
      return before.then(() => () => {
        const id = victims[kills++ % victims.length] ?? '';
        stack.kill(id);
        // Its supervisor would wait longer from death to death.
        resolve(() => stack.restart(id));
      });
    },
    settled: () => well,
  };
}

function withResolver<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
