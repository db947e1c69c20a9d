import { type Measurement, type Round, summarize } from './measurement.js';

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  round(): Promise<Round>;
}

/**
 * Measures several sides in turn, A B A B …, after one round of each that does not count: the machine's speed drifts,
 * and so does it for all of them alike.
 */
export async function interleave(sides: readonly Side[], rounds: number): Promise<readonly Measurement[]> {
  const measured = sides.map(({ name }) => ({ name, rounds: [] as Round[] }));
  for (let n = 0; n <= rounds; n++) {
    for (const [index, side] of sides.entries()) {
      const round = await side.round();
      if (n > 0) measured[index]?.rounds.push(round);
    }
  }
  return measured.map(({ name, rounds: each }) => summarize(name, each));
}
