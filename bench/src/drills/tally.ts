import { percentile } from '../measurement.js';

/** An update that a member was sent. */
export interface Receipt {
  readonly seq: number;
  readonly text: string;
  /** Milliseconds on this process's clock. */
  readonly atMs: number;
}

/** An update that was broadcast. */
export interface Broadcast {
  readonly flightCode: string;
  /** No two have the same. */
  readonly text: string;
  readonly sentAtMs: number;
  /** When it was acknowledged; undefined when it was refused or not answered: then it may appear or not, once at most. */
  readonly acknowledgedAtMs: number | undefined;
}

/** What a member was owed and what it got. */
export interface Tally {
  readonly received: number;
  /** Acknowledged broadcasts that never came. */
  readonly lost: number;
  /** Updates that had come before. */
  readonly twice: number;
  /**
   * Updates that came behind a later number, and acknowledged broadcasts numbered below one that had been acknowledged
   * before they were sent.
   */
  readonly outOfOrder: number;
  /** From the sending to the arrival, of each update, in milliseconds. */
  readonly delaysMs: readonly number[];
}

/** Compares what a member of a room received with what was broadcast to the room while it was a member. */
export function tallyMember(receipts: readonly Receipt[], broadcasts: readonly Broadcast[]): Tally {
  const sentAt = new Map(broadcasts.map(({ text, sentAtMs }) => [text, sentAtMs]));
  const numbers = new Map<string, number>();
  const seen = new Set<number>();
  const delaysMs: number[] = [];
  let twice = 0;
  let behind = 0;
  let highest = 0;
  for (const { seq, text, atMs } of receipts) {
    if (seen.has(seq) || numbers.has(text)) twice += 1;
    else if (seq < highest) behind += 1;
    highest = Math.max(highest, seq);
    seen.add(seq);
    numbers.set(text, seq);
    const sentAtMs = sentAt.get(text);
    if (sentAtMs !== undefined) delaysMs.push(atMs - sentAtMs);
  }
  const acknowledged = broadcasts.filter(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined);
  return {
    received: receipts.length,
    lost: acknowledged.filter(({ text }) => !numbers.has(text)).length,
    twice,
    outOfOrder: behind + countOvertaken(acknowledged, numbers),
    delaysMs,
  };
}

/** How many were sent after another one was acknowledged and yet have a lower number. */
function countOvertaken(acknowledged: readonly Broadcast[], numbers: ReadonlyMap<string, number>): number {
  const bySending = [...acknowledged].sort((one, other) => one.sentAtMs - other.sentAtMs);
  const byAnswer = acknowledged
    .map(({ text, acknowledgedAtMs = Infinity }) => ({
      number: numbers.get(text) ?? 0,
      at: acknowledgedAtMs,
    }))
    .sort((one, other) => one.at - other.at);
  let answered = 0;
  let highest = 0;
  return bySending.filter(({ text, sentAtMs }) => {
    for (let next = byAnswer[answered]; next && next.at < sentAtMs; next = byAnswer[answered]) {
      highest = Math.max(highest, next.number);
      answered += 1;
    }
    return (numbers.get(text) ?? Infinity) < highest;
  }).length;
}

/** What all members together were owed and got. */
export interface Summary {
  readonly members: number;
  readonly received: number;
  /** The member that lost most, and so on: one is too many. */
  readonly worst: { readonly lost: number; readonly twice: number; readonly outOfOrder: number };
  readonly longestMs: number;
  readonly p99Ms: number;
}

export function summarizeTallies(tallies: readonly Tally[]): Summary {
  const worst = (read: (tally: Tally) => number) => Math.max(0, ...tallies.map(read));
  const delays = tallies.flatMap(({ delaysMs }) => delaysMs);
  return {
    members: tallies.length,
    received: tallies.reduce((sum, { received }) => sum + received, 0),
    worst: {
      lost: worst(({ lost }) => lost),
      twice: worst(({ twice }) => twice),
      outOfOrder: worst(({ outOfOrder }) => outOfOrder),
    },
    longestMs: percentile(delays, 1),
    p99Ms: percentile(delays, 0.99),
  };
}
