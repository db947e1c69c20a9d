import { until } from '@flight/local';
import { toOutcome } from '../../drill.js';
import { mixedAt } from '../../edge-asks.js';
import { countFailed, describeFailures, startLoad } from '../../load.js';
import { withStack } from '../../with-stack.js';
import type { MeshDrill } from '../context.js';
import { askNaively } from '../naive-resolver.js';

const PER_SECOND = 150;
const NAIVE_PER_SECOND = 5;

/** Consul holds its connections and answers nothing. */
export const consulFrozenDrill: MeshDrill = {
  name: 'consul-frozen',
  demand: 'Consul frozen for 60 s: 0 failed calls',
  run: ({ freezeSeconds, report }) =>
    withStack({}, async (bench) => {
      const { stack } = bench;
      const load = startLoad(PER_SECOND, mixedAt(bench, []));
      const naive = startLoad(NAIVE_PER_SECOND, askNaively(stack.consulUrl, 'booking-service'));
      await until('load', () => load.samples.length >= 5 * PER_SECOND, 30_000);
      const frozenAtMs = performance.now();
      stack.kill('consul', 'SIGSTOP');
      try {
        const isOver = () => performance.now() - frozenAtMs >= freezeSeconds * 1000;
        await until('the thaw', isOver, (freezeSeconds + 60) * 1000);
      } finally {
        stack.kill('consul', 'SIGCONT');
      }
      await stack.untilHealthy();
      const [samples, trusting] = [await load.stop(), await naive.stop()];
      report(`frozen for ${freezeSeconds} s: ${describeFailures(samples)}`);
      const [failed, naiveFailed] = [countFailed(samples), countFailed(trusting)];
      return toOutcome(
        { failed, calls: samples.length },
        { 'failed asking Consul at each call': naiveFailed, calls: trusting.length },
        [
          [failed === 0, 'no call fails'],
          [naiveFailed > 0, 'who asks Consul at each call fails'],
        ],
      );
    }),
};
