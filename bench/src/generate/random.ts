import { createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  /** True so often. */
  chance(share: number): boolean;
  /** From 0 up, mostly near and at times far, with this mean. */
  exponential(mean: number): number;
  /** One of the choices, each as likely as its weight says. */
  pick<T>(choices: Weighted<T>): T;
}

/** Choices with their weights summed up, so that picking one is a search among sums. */
export interface Weighted<T> {
  readonly items: readonly T[];
  readonly sums: readonly number[];
}

/** @throws Error when nothing can be picked */
export function toWeighted<T>(items: readonly T[], weigh: (item: T) => number): Weighted<T> {
  let sum = 0;
  const sums = items.map((item) => {
    sum += weigh(item);
    return sum;
  });
  if (!(sum > 0)) throw new Error('there is nothing to pick from');
  return { items, sums };
}

/**
 * Random numbers of one purpose, independent of those of other purposes: whatever is drawn for one, the other stays the same.
 *
 * @see Chris Doty-Humphrey's sfc32 of PractRand, https://pracrand.sourceforge.net/RNG_engines.txt
 */
export function createRandom(seed: number, purpose: string): Random {
  const state = new Uint32Array(
    createHash('sha256').update(`${seed} ${purpose}`).digest().buffer.slice(0, 16),
  );
  let [a = 0, b = 0, c = 0, counter = 1] = state;
  const next = () => {
    const drawn = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + drawn;
    return (drawn >>> 0) / 2 ** 32;
  };
  return {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (share) => next() < share,
    exponential: (mean) => -mean * Math.log(1 - next()),
    pick: ({ items, sums }) => {
      const index = findFirstAbove(sums, next() * (sums.at(-1) ?? 0));
      return items[index] as (typeof items)[number];
    },
  };
}

function findFirstAbove(sums: readonly number[], wanted: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
