import type { Step } from './generate.js';

/** Shows how far something has come. */
export interface Progress {
  show(step: Step): void;
  /** Leaves the last state on a line of its own. */
  end(): void;
}

/** Where it is shown. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_CELLS = 28;
const REDRAWN_EVERY_MS = 100;
/** Where lines stay, as in a log, fewer are better. */
const LINE_EVERY_MS = 2000;

/** A bar that is drawn over and over on a terminal; a plain line now and then elsewhere. */
export function createProgress(screen: Screen, now: () => number = () => performance.now()): Progress {
  const began = new Map<Step['what'], { readonly atMs: number; readonly done: number }>();
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let drawn = '';

  const draw = (step: Step, isOver: boolean) => {
    const { atMs, done } = began.get(step.what) ?? { atMs: now(), done: 0 };
    const perSecond = ((step.done - done) * 1000) / Math.max(now() - atMs, 1);
    const line = toLine(step, perSecond, screen.isTTY === true);
    if (screen.isTTY !== true) screen.write(`${line}\n`);
    else {
      const fitting = line.slice(0, (screen.columns ?? 80) - 1);
      screen.write(`\r${fitting.padEnd(drawn.length)}${isOver ? '\n' : ''}`);
      drawn = isOver ? '' : fitting;
    }
  };

  return {
    show(step) {
      if (!began.has(step.what)) began.set(step.what, { atMs: now(), done: step.done });
      const isOver = step.done >= step.total;
      const dueMs = screen.isTTY === true ? REDRAWN_EVERY_MS : LINE_EVERY_MS;
      if (!isOver && now() - shownAtMs < dueMs) return;
      shownAtMs = now();
      draw(step, isOver);
    },
    end() {
      if (drawn !== '') screen.write('\n');
      drawn = '';
    },
  };
}

function toLine({ what, done, total }: Step, perSecond: number, withBar: boolean): string {
  const share = total === 0 ? 1 : done / total;
  const filled = Math.round(share * BAR_CELLS);
  const bar = withBar ? `[${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}] ` : '';
  const left = perSecond > 0 && done < total ? `, ${Math.ceil((total - done) / perSecond)} s left` : '';
  const rate = perSecond > 0 ? `, ${toCount(perSecond)} a second` : '';
  return `${what.padEnd(8)} ${bar}${String(Math.floor(share * 100)).padStart(3)} %  ${toCount(done)} of ${toCount(total)}${rate}${left}`;
}

/** 1,234,567 */
export function toCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
