import type { Acquaintance, MeshView, MovedBreaker } from '../observe/mesh-view.js';
import { type Finding, fail, ok, warn } from './finding.js';
import type { BreakerLine } from './log-lines.js';

/** What the callers know of whom they call, and the last their logs say of each breaker. */
export interface ObservedMesh {
  readonly view: Pick<MeshView, 'acquaintances' | 'moved'>;
  readonly lines: readonly BreakerLine[];
}

/** Consul confirms what does not change every 10 s and a bit; two misses are a Consul that is away. */
const OLD_SECONDS = 20;

export function judgeMesh({ view: { acquaintances, moved }, lines }: ObservedMesh): Finding[] {
  const discovery = acquaintances.flatMap((known) => judgeDiscovery(known) ?? []);
  const breakers = moved.map((breaker) => judgeBreaker(breaker, lines));
  const oldest = Math.max(0, ...acquaintances.map(({ ageSeconds }) => ageSeconds ?? 0));
  return [
    ...(discovery.length === 0 && acquaintances.length > 0
      ? [ok('discovery', `every caller knows whom it calls, confirmed ${Math.round(oldest)} s ago at most`)]
      : discovery),
    ...(breakers.length === 0 ? [ok('breakers', 'all closed')] : breakers),
  ];
}

function judgeDiscovery({ caller, service, instances, ageSeconds }: Acquaintance): Finding | undefined {
  if (instances === 0 || ageSeconds === Number.POSITIVE_INFINITY)
    return fail(caller, `knows no instance of ${service}`, {
      why: 'Consul never named a healthy one since it started, so its calls are refused at once',
      remedy: `look at Consul and ${service} (their own lines here); it learns of them by itself`,
    });
  if (ageSeconds === undefined || ageSeconds <= OLD_SECONDS) return undefined;
  return warn(caller, `goes by what it knew of ${service} ${Math.round(ageSeconds)} s ago`, {
    why: 'Consul does not answer it; calls go on, but new instances are not found',
    remedy: 'look at Consul (its own line here); nothing else is needed',
  });
}

function judgeBreaker(breaker: MovedBreaker, lines: readonly BreakerLine[]): Finding {
  const { caller, instance, state } = breaker;
  const line = lines.findLast(
    (one) => one.caller === caller && one.to === instance && one.breaker === 'open',
  );
  const trouble = {
    why: `${describeOutcomes(breaker.outcomes)}${describeOpening(line)}`,
    remedy: `look at ${instance} (its own lines here, its log); a probe closes the breaker when it answers again`,
  };
  if (state === 'open') return fail(caller, `sends nothing to ${instance}: its breaker is open`, trouble);
  return warn(caller, `tries ${instance} with one call at a time: its breaker is half-open`, trouble);
}

function describeOutcomes(outcomes: Readonly<Record<string, number>>): string {
  const failed = Object.entries(outcomes).filter(([code, count]) => !/^ok$/i.test(code) && count > 0);
  if (failed.length === 0) return 'five of its calls failed in a row';
  return `calls failed in a row; since the caller started: ${failed.map(([code, count]) => `${count} ${code}`).join(', ')}`;
}

function describeOpening(line: BreakerLine | undefined): string {
  if (line === undefined) return '';
  const since = `; open since ${line.time}`;
  return line.until === undefined ? since : `${since}, next probe at ${line.until}`;
}
