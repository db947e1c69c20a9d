/** Grafana's name for how a number is read and written. */
export type Unit =
  | 's'
  | 'bytes'
  | 'percentunit'
  | 'short'
  | 'reqps'
  | 'ops'
  | 'none'
  /** Writes the number's meaning; see `meanings`. */
  | 'bool_on_off';

/** A question to Prometheus, and how its answers are called in the legend. */
export interface Query {
  /** PromQL. Answers something as long as what it asks about runs: where nothing need have happened, `or vector(0)`. */
  readonly expr: string;
  /** `{{label}}` is replaced by the label's value. */
  readonly legend: string;
}

/** A value from which on a panel turns to another colour. */
export interface Threshold {
  readonly from: number;
  readonly color: 'green' | 'yellow' | 'orange' | 'red';
}

/** What every panel says. */
export interface PanelSpec {
  readonly title: string;
  /** What is seen, and what of it is good or bad. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** In twenty-fourths of the page's width; 8 without it. */
  readonly width?: number;
  /** Ascending; below the first the panel is green. */
  readonly thresholds?: readonly Threshold[];
  readonly decimals?: number;
  /** What numbers mean: `{ 2: 'open' }`. */
  readonly meanings?: Readonly<Record<number, string>>;
}

/** Lines over time. */
export interface TimeSeries extends PanelSpec {
  readonly kind: 'timeseries';
  /** The areas stand on one another, so that their sum is seen. */
  readonly stacked?: boolean;
}

/** The latest numbers, large. */
export interface Stat extends PanelSpec {
  readonly kind: 'stat';
}

export type Panel = TimeSeries | Stat;

export function timeseries(spec: PanelSpec & { readonly stacked?: boolean }): TimeSeries {
  return { kind: 'timeseries', ...spec };
}

export function stat(spec: PanelSpec): Stat {
  return { kind: 'stat', ...spec };
}
