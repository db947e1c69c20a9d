/** What was counted or timed, by what it is called in the table. */
export type Figures = Readonly<Record<string, number>>;

/** What became of a drill: of the system as it is, and of the control, where the protection is off. */
export interface Outcome {
  readonly measured: Figures;
  /** Figures of the control, or why there is none. */
  readonly control: Figures | string;
  /** The bounds that were missed; a control that does not hurt is one of them. */
  readonly missed: readonly string[];
}

/** How much load a drill makes, and who hears how it goes. */
export interface DrillContext {
  /** Calls of a drill that counts calls. */
  readonly calls: number;
  /** How long a server stays frozen in the longest drill, in seconds. */
  readonly freezeSeconds: number;
  readonly report: (line: string) => void;
}

/** One fault, its demand, and how it is shown. */
export interface Drill {
  /** What it is asked for by. */
  readonly name: string;
  readonly demand: string;
  run(context: DrillContext): Promise<Outcome>;
}

/** A bound in words, and whether it was kept. */
export type Bound = readonly [kept: boolean, bound: string];

/** Puts an outcome together; the bounds that were not kept are the missed ones. */
export function toOutcome(measured: Figures, control: Figures | string, bounds: readonly Bound[]): Outcome {
  return { measured, control, missed: bounds.flatMap(([kept, bound]) => (kept ? [] : [bound])) };
}

/** Figures as the table shows them: `failed 0, p99 ms 12.4`. */
export function formatFigures(figures: Figures | string): string {
  if (typeof figures === 'string') return figures;
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(value < 10 ? 2 : 0)}`)
    .join(', ');
}
