import { monitorEventLoopDelay } from 'node:perf_hooks';
import { until } from '@flight/local';
import { FlightServiceDefinition } from '@flight/proto/booking';
import type { BenchStack } from '../../../bench-stack.js';
import { percentile } from '../../../measurement.js';
import { toOutcome } from '../../drill.js';
import { searchAt } from '../../edge-asks.js';
import { countFailed, describeFailures, type Sample, startLoad } from '../../load.js';
import { withStack } from '../../with-stack.js';
import { openBareClient } from '../bare-client.js';
import type { MeshDrill } from '../context.js';

/** Moderate, so that times are the system's and not those of a machine that is busy. */
const PER_SECOND = 250;
const FROZEN_MS = 6000;
const DEADLINE_MS = 500;
const LATE_MS = 50;
const FAILED_MAX_PERCENT = 0.2;
/** Before the freeze, so that the mesh knows what this service usually takes. */
const WARM_UP_REQUESTS = 1500;

/** Of the control, which runs beside it. */
const PLAIN_PER_SECOND = 50;
const PLAIN_BALANCING = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

/** SIGSTOP: an instance that holds its connections, answers nothing, and looks idle to whoever counts calls. */
export const freezeDrill: MeshDrill = {
  name: 'freeze',
  demand: 'SIGSTOP for 6 s, 500 ms deadline: ≤ 0.2 % failed reads, none later than 550 ms',
  run: ({ report }) =>
    withStack({}, async (bench) => {
      const plain = openPlainClient(bench);
      const load = startLoad(PER_SECOND, searchAt(bench, DEADLINE_MS));
      const plainLoad = startLoad(PLAIN_PER_SECOND, plain.ask);
      await until('a warm system', () => load.samples.length >= WARM_UP_REQUESTS, 60_000);
      const stalls = monitorEventLoopDelay({ resolution: 5 });
      stalls.enable();
      const frozen = await freeze(bench);
      stalls.disable();
      await bench.stack.untilHealthy();
      const [samples, plainSamples] = [await load.stop(), await plainLoad.stop()];
      plain.close();
      report(`frozen for ${FROZEN_MS / 1000} s: ${describeFailures(samples)}`);
      // An answer can't be seen earlier than this process runs: tells a slow system from a busy machine.
      report(`this process itself stood still for ${(stalls.max / 1e6).toFixed(0)} ms at most`);
      const [measured, control] = [toFigures(samples, frozen), toFigures(plainSamples, frozen)];
      return toOutcome(
        { ...measured },
        { 'round robin without the mesh: failed %': control['failed %'], reads: control.reads },
        [
          [measured['failed %'] <= FAILED_MAX_PERCENT, `at most ${FAILED_MAX_PERCENT} % of the reads fail`],
          [
            measured['longest ms'] <= DEADLINE_MS + LATE_MS,
            `nothing answers later than ${DEADLINE_MS + LATE_MS} ms`,
          ],
          [control['failed %'] > FAILED_MAX_PERCENT, 'more of them fail without the mesh'],
        ],
      );
    }),
};

/** When an instance was frozen, in milliseconds on this process's clock. */
interface Frozen {
  readonly fromMs: number;
  readonly untilMs: number;
}

async function freeze({ stack }: BenchStack): Promise<Frozen> {
  const fromMs = performance.now();
  stack.kill('booking_service_2', 'SIGSTOP');
  try {
    await until('the thaw', () => performance.now() - fromMs >= FROZEN_MS, 2 * FROZEN_MS);
  } finally {
    stack.kill('booking_service_2', 'SIGCONT');
  }
  return { fromMs, untilMs: performance.now() };
}

/** The same instances in turn, as grpc-js does it by itself. */
function openPlainClient({ stack }: BenchStack) {
  const addresses = stack.instances.flatMap(({ service, grpcAddress }) =>
    service === 'booking-service' ? (grpcAddress ?? []) : [],
  );
  const client = openBareClient(`ipv4:${addresses.join(',')}`, { 'grpc.service_config': PLAIN_BALANCING });
  return {
    close: client.close,
    async ask() {
      const options = { deadline: Date.now() + DEADLINE_MS };
      await client.call(FlightServiceDefinition, 'getFlight', { flightCode: 'FL001' }, options);
      return undefined;
    },
  };
}

/** Counts what was under way during the freeze; the slowest one counts whenever it was. */
function toFigures(samples: readonly Sample[], { fromMs, untilMs }: Frozen) {
  const during = samples.filter(({ sentAtMs, tookMs }) => sentAtMs + tookMs >= fromMs && sentAtMs < untilMs);
  const times = during.map(({ tookMs }) => tookMs);
  return {
    'failed %': (countFailed(during) * 100) / during.length,
    reads: during.length,
    'p50 ms': percentile(times, 0.5),
    'p99 ms': percentile(times, 0.99),
    'longest ms': Math.max(...samples.map(({ tookMs }) => tookMs)),
  };
}
