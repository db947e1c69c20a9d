import { formatTable, until } from '@flight/local';
import { type BenchStack, connectBookings } from '../../../bench-stack.js';
import { percentile } from '../../../measurement.js';
import { toOutcome } from '../../drill.js';
import { mixedAt } from '../../edge-asks.js';
import { countFailed, describeFailures, type Sample, startLoad } from '../../load.js';
import { EACH_CALL_ONCE, killAndSeeBack, withStack } from '../../with-stack.js';
import type { MeshContext, MeshDrill } from '../context.js';

const PER_SECOND = 300;
const VICTIMS = ['user_service_2', 'booking_service_2'];
/** Requests before the first kill and after the last one: what it is like when nothing happens. */
const QUIET_REQUESTS = 1500;

interface Killed {
  readonly failed: number;
  readonly requests: number;
  /** Bookings in the database that nobody was told of, and ids that were told twice. */
  readonly duplicates: number;
}

/** kill -9 of an instance of each service in turn, under reads and bookings through the edge. */
export const killDrill: MeshDrill = {
  name: 'kill',
  demand: 'kill -9 under load: 0 failed at the edge, 0 duplicate bookings',
  async run(context) {
    const measured = await withStack({}, (bench) => killUnderLoad(bench, context, VICTIMS));
    // Which calls are in flight at a kill is chance: more kills make sure that some are.
    const control = await withStack(EACH_CALL_ONCE, (bench) =>
      killUnderLoad(bench, context, [...VICTIMS, 'user_service_3', 'booking_service_3']),
    );
    context.report(`control: ${control.failed} of ${control.requests} requests failed without retries`);
    return toOutcome({ ...measured }, { failed: control.failed, requests: control.requests }, [
      [measured.failed === 0, 'no request fails at the edge'],
      [measured.duplicates === 0, 'no booking is made twice'],
      [control.failed > 0, 'without retries some request fails'],
    ]);
  },
};

async function killUnderLoad(
  bench: BenchStack,
  { report }: MeshContext,
  victims: readonly string[],
): Promise<Killed> {
  const booked: number[] = [];
  const load = startLoad(PER_SECOND, mixedAt(bench, booked));
  const quietly = async () => {
    const enough = load.samples.length + QUIET_REQUESTS;
    await until('requests without a fault', () => load.samples.length >= enough, 60_000);
  };
  await quietly();
  const killedAtMs = performance.now();
  for (const id of victims) await killAndSeeBack(bench.stack, id);
  const healthyAtMs = performance.now();
  await quietly();
  const samples = await load.stop();
  const phase = (from: number, to: number) =>
    samples.filter(({ sentAtMs }) => sentAtMs >= from && sentAtMs < to);
  report(`kill -9 of ${victims.join(' and ')}: ${describeFailures(samples)}`);
  report(
    formatTable([
      ['the edge', 'requests', 'failed', 'p50 ms', 'p99 ms', 'longest ms'],
      toRow('before', phase(0, killedAtMs)),
      toRow('while killed', phase(killedAtMs, healthyAtMs)),
      toRow('after', phase(healthyAtMs, Infinity)),
    ]),
  );
  return {
    failed: countFailed(samples),
    requests: samples.length,
    duplicates: await countDuplicates(bench, booked),
  };
}

function toRow(name: string, samples: readonly Sample[]): string[] {
  const times = samples.map(({ tookMs }) => tookMs);
  const shares = [0.5, 0.99, 1].map((share) => percentile(times, share).toFixed(1));
  return [name, String(samples.length), String(countFailed(samples)), ...shares];
}

async function countDuplicates({ stack }: BenchStack, booked: readonly number[]): Promise<number> {
  const client = await connectBookings(stack);
  const { rows } = await client.query<{ id: string }>('select id from booking');
  await client.end();
  const told = new Set(booked.map(String));
  return booked.length - told.size + rows.filter(({ id }) => !told.has(id)).length;
}
