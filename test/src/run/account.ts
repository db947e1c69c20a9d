import type { Note } from './note.js';

/**
 * What a file's time goes to. Of what happens at the same time the first of these counts: the second in which a stack starts its
 * servers is the stack's.
 */
export const SHARES = ['stack', 'cluster', 'package', 'server', 'stop', 'program', 'hash', 'wait'] as const;

export type Share = (typeof SHARES)[number];

/** One test file's account, in milliseconds. */
export interface FileTimes {
  readonly file: string;
  readonly wallMs: number;
  /** Of the process that ran it, and of the children that ended meanwhile. */
  readonly cpuMs: number;
  readonly tests: number;
  /** Importing it, with what no file before had imported. */
  readonly loadMs: number;
  readonly shares: Readonly<Record<Share, number>>;
}

export interface TestTime {
  readonly file: string;
  readonly title: string;
  readonly ms: number;
}

export interface Account {
  readonly files: readonly FileTimes[];
  readonly tests: readonly TestTime[];
}

interface Span {
  readonly kind: Share;
  readonly from: number;
  readonly to: number;
}

/** Draws up the account of one process from its notes, which are in the order of their ends. */
export function drawUp(notes: readonly Note[]): Account {
  const files = new Map<string, FileTimes>();
  const tests: TestTime[] = [];
  const spans: Span[] = [];
  let loadMs = 0;
  let began: Extract<Note, { at: number }> | undefined;
  for (const note of notes) {
    switch (note.kind) {
      case 'load':
        loadMs += note.to - note.from;
        break;
      case 'test':
        tests.push(note);
        break;
      case 'begin':
        began = note;
        break;
      case 'end': {
        if (began === undefined) throw new Error(`${note.file} ends without a beginning`);
        const { file, at } = note;
        const cpuMs = sum(note.cpu) - sum(began.cpu);
        const shares = divide(spans, began.at, at);
        files.set(
          file,
          add(files.get(file), { file, wallMs: at - began.at, cpuMs, tests: 0, loadMs, shares }),
        );
        loadMs = 0;
        spans.length = 0;
        break;
      }
      default:
        spans.push(note);
    }
  }
  const counted = [...files.values()].map((times) => ({
    ...times,
    tests: tests.filter(({ file }) => file === times.file).length,
  }));
  return { files: counted, tests };
}

/** A file may have several suites. */
function add(one: FileTimes | undefined, other: FileTimes): FileTimes {
  if (one === undefined) return other;
  return {
    file: one.file,
    wallMs: one.wallMs + other.wallMs,
    cpuMs: one.cpuMs + other.cpuMs,
    tests: one.tests + other.tests,
    loadMs: one.loadMs + other.loadMs,
    shares: toShares((share) => one.shares[share] + other.shares[share]),
  };
}

function sum({ ownMs, childrenMs }: { readonly ownMs: number; readonly childrenMs: number }): number {
  return ownMs + childrenMs;
}

function toShares(toMs: (share: Share) => number): Record<Share, number> {
  return Object.fromEntries(SHARES.map((share) => [share, toMs(share)])) as Record<Share, number>;
}

/** Divides the time between two moments among spans that overlap: each instant belongs to the first of SHARES that it is in. */
export function divide(spans: readonly Span[], from: number, to: number): Record<Share, number> {
  const inside = spans.map((span) => ({
    kind: span.kind,
    from: Math.max(span.from, from),
    to: Math.min(span.to, to),
  }));
  const moments = [...new Set(inside.flatMap((span) => [span.from, span.to]))].sort((a, b) => a - b);
  const shares = toShares(() => 0);
  for (const [index, begin] of moments.entries()) {
    const end = moments[index + 1];
    if (end === undefined) break;
    const active = new Set(
      inside.filter((span) => span.from <= begin && span.to >= end).map(({ kind }) => kind),
    );
    const owner = SHARES.find((share) => active.has(share));
    if (owner !== undefined) shares[owner] += end - begin;
  }
  return shares;
}
