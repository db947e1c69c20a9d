import type { BenchStack } from '../bench-stack.js';
import { cpuSecondsOf } from '../cpu-time.js';
import type { Effort } from '../effort.js';
import { interleave, type Side } from '../interleave.js';
import type { Measurement, Round } from '../measurement.js';

/** What the picker looks at; the same as the mesh's own, which is not public. */
interface Candidate {
  readonly id: string;
  readonly breaker: { readonly state: 'closed'; readonly failures: number; readonly cooldownMs: number };
  readonly weight: number;
  readonly outstanding: number;
  readonly oldestSince: number | undefined;
}

type Pick = (
  candidates: readonly Candidate[],
  options: { readonly tried: ReadonlySet<string>; readonly now: number; readonly random: () => number },
) => unknown;

const COUNTS = [3, 10, 100];
/** Between two looks at the clock. */
const PICKS_AT_ONCE = 10_000;
/** Answers of picks go here, so that the compiler can't leave the picks out. */
const seen: { last?: unknown } = {};

/** One pick of the mesh among 3, 10 and 100 instances, beside taking the next one in turn. */
export async function measurePicker(_bench: BenchStack, effort: Effort): Promise<readonly Measurement[]> {
  const pick = await loadPick();
  const tried = new Set<string>();
  const sides = COUNTS.map((count): Side => {
    const candidates = makeCandidates(count);
    const choose = () => pick(candidates, { tried, now: Date.now(), random: Math.random });
    return { name: `pick of ${count}`, round: () => repeat(choose, effort.seconds) };
  });
  const candidates = makeCandidates(COUNTS[0] ?? 1);
  let turn = 0;
  const next = () => candidates[turn++ % candidates.length];
  const inTurn: Side = { name: 'next in turn', round: () => repeat(next, effort.seconds) };
  const measured = await interleave([...sides, inTurn], effort.rounds);
  return measured.map((one) => ({ ...one, nsPerPick: 1e9 / one.perSecond }));
}

/** The picker has no place among what the mesh offers: it is taken from behind its door, for this one measurement. */
async function loadPick(): Promise<Pick> {
  const module: { readonly pick: Pick } = await import(
    new URL('./balance/picker.js', import.meta.resolve('@flight/mesh')).href
  );
  return module.pick;
}

/** Instances with calls in flight, which are looked up at each pick as those of a real endpoint are. */
function makeCandidates(count: number): readonly Candidate[] {
  return Array.from({ length: count }, (_, index) => {
    const inFlight = new Set(Array.from({ length: 1 + (index % 3) }, () => ({ since: Date.now() })));
    return {
      id: `instance_${index + 1}`,
      weight: 1,
      breaker: { state: 'closed', failures: 0, cooldownMs: 5000 },
      get outstanding() {
        return inFlight.size;
      },
      get oldestSince() {
        return inFlight.values().next().value?.since;
      },
    };
  });
}

async function repeat(choose: () => unknown, seconds: number): Promise<Round> {
  const cpuBefore = await cpuSecondsOf(process.pid);
  const began = performance.now();
  const end = began + seconds * 1000;
  let picks = 0;
  while (performance.now() < end) {
    for (let n = 0; n < PICKS_AT_ONCE; n++) seen.last = choose();
    picks += PICKS_AT_ONCE;
  }
  const elapsed = (performance.now() - began) / 1000;
  const cpuMicros = { picker: (((await cpuSecondsOf(process.pid)) - cpuBefore) * 1e6) / picks };
  // A single pick is too short for the clock.
  return { perSecond: picks / elapsed, p50Ms: Number.NaN, p99Ms: Number.NaN, unexpected: 0, cpuMicros };
}
