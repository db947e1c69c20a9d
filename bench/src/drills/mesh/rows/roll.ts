import { until } from '@flight/local';
import type { BenchStack } from '../../../bench-stack.js';
import { toOutcome } from '../../drill.js';
import { mixedAt } from '../../edge-asks.js';
import { countFailed, describeFailures, startLoad } from '../../load.js';
import { EACH_CALL_ONCE, killAndSeeBack, withStack } from '../../with-stack.js';
import type { MeshContext, MeshDrill } from '../context.js';

const PER_SECOND = 300;

/** Every instance behind the edge is restarted, one after the other, while nothing is tried twice. */
export const rollDrill: MeshDrill = {
  name: 'roll',
  demand: 'rolling restart of all services, retries off: 0 errors in 10,000 calls',
  async run(context) {
    const measured = await withStack(EACH_CALL_ONCE, (bench) =>
      rollUnderLoad(bench, context, (id) => bench.stack.restart(id)),
    );
    const control = await withStack(EACH_CALL_ONCE, (bench) =>
      rollUnderLoad(bench, { ...context, calls: 0 }, (id) => killAndSeeBack(bench.stack, id)),
    );
    return toOutcome(measured, control, [
      [measured.failed === 0, 'no call fails'],
      [measured.calls >= context.calls, `${context.calls} calls are made`],
      [control.failed > 0, 'a restart without an orderly stop fails some call'],
    ]);
  },
};

async function rollUnderLoad(
  bench: BenchStack,
  { calls, report }: MeshContext,
  renew: (id: string) => Promise<void>,
): Promise<{ readonly failed: number; readonly calls: number }> {
  const backends = bench.stack.instances.filter(({ grpcAddress }) => grpcAddress !== undefined);
  const load = startLoad(PER_SECOND, mixedAt(bench, []));
  await until('the first answers', () => load.samples.length >= PER_SECOND);
  // More rounds than one when the instances are quicker than the calls.
  do {
    for (const { id } of backends) await renew(id);
  } while (load.samples.length < calls);
  const samples = await load.stop();
  report(`${backends.length} instances renewed under ${samples.length} calls: ${describeFailures(samples)}`);
  return { failed: countFailed(samples), calls: samples.length };
}
