import type { Shown } from '../observe/mesh-view.js';
import { type Finding, fail, ok, warn } from './finding.js';

/** What the warehouse has of one of its sources. */
export interface ObservedSource {
  readonly source: string;
  /** How old what analysts see of it is; undefined before the first load. */
  readonly lagSeconds: number | undefined;
  /** Figures on which source and warehouse disagreed when they were last compared. */
  readonly mismatches: number;
}

/** Six times the usual schedule. */
const OLD_SECONDS = 60;

/** The sources that whoever loads the warehouse shows, each as the worst of them says. */
export function observeWarehouse(shown: readonly Shown[]): ObservedSource[] {
  const samples = shown.flatMap((one) => one.samples);
  const worst = (name: string, source: string) => {
    const values = samples.filter((one) => one.name === name && one.labels.source === source);
    return values.length === 0 ? undefined : Math.max(...values.map(({ value }) => value));
  };
  const sources = samples.flatMap(({ name, labels }) =>
    name.startsWith('etl_') ? (labels.source ?? []) : [],
  );
  return [...new Set(sources)].sort().map((source) => ({
    source,
    lagSeconds: worst('etl_lag_seconds', source),
    mismatches: worst('etl_mismatches', source) ?? 0,
  }));
}

export function judgeWarehouse(sources: readonly ObservedSource[]): Finding[] {
  const findings = sources.flatMap((source) => judgeSource(source) ?? []);
  if (findings.length > 0 || sources.length === 0) return findings;
  const ages = sources.map(({ source, lagSeconds = 0 }) => `${source} as of ${Math.round(lagSeconds)} s ago`);
  return [ok('warehouse', `equals its sources: ${ages.join(', ')}`)];
}

function judgeSource({ source, lagSeconds, mismatches }: ObservedSource): Finding | undefined {
  if (mismatches > 0)
    return fail('warehouse', `disagrees with ${source}: ${mismatches} of its figures differ`, {
      why: 'rows were lost, doubled or changed by hand; what analysts add up is wrong',
      remedy: 'make etl MODE=audit names the rows, make etl MODE=rebuild mends them',
    });
  if (lagSeconds === undefined)
    return warn('warehouse', `has nothing of ${source} yet`, {
      why: 'no load of it has succeeded since the warehouse was made',
      remedy: 'make etl tries at once and says why it fails',
    });
  if (lagSeconds <= OLD_SECONDS) return undefined;
  return warn('warehouse', `shows ${source} as it was ${Math.round(lagSeconds)} s ago`, {
    why: 'loads of it fail, take long, or are scheduled rarely (ETL_SCHEDULE)',
    remedy: `make etl loads at once and says why it fails; else look at ${source} (its own lines here)`,
  });
}
