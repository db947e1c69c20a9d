/** The moments of a run between which a crash could leave something half-done. */
export type Boundary =
  | 'run.begun'
  /** A chunk has been stored aside. */
  | 'extract.staged'
  | 'extract.done'
  /** Everything is merged, and its transaction is not committed yet. */
  | 'merge.uncommitted'
  | 'merge.committed'
  | 'compare.done'
  | 'swap.before'
  /** The new star is in its place, and the old one still there. */
  | 'swap.renamed'
  | 'run.ended';

/** Told of each boundary when it is reached; work goes on when it resolves. */
export type Reached = (boundary: Boundary) => void | Promise<void>;
