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

/** What every drill is given; each family of drills adds how much load it makes. */
export interface DrillContext {
  /** Hears how it goes. */
  readonly report: (line: string) => void;
}

/** What a drill is asked for by, and what it demands. */
export interface DrillName {
  readonly name: string;
  readonly demand: string;
}

/** One fault, its demand, and how it is shown. */
export interface Drill<Context extends DrillContext> extends DrillName {
  run(context: Context): Promise<Outcome>;
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
    .map(([name, value]) => `${name} ${formatFigure(value)}`)
    .join(', ');
}

/** Whole numbers whole, others short. */
export function formatFigure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 0);
}
