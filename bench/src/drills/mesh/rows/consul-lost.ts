import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Stack, until } from '@flight/local';
import { toOutcome } from '../../drill.js';
import { mixedAt } from '../../edge-asks.js';
import { countFailed, describeFailures, startLoad } from '../../load.js';
import { withStack } from '../../with-stack.js';
import type { MeshDrill } from '../context.js';
import { askNaively, resolveNaively } from '../naive-resolver.js';

const PER_SECOND = 150;
const NAIVE_PER_SECOND = 20;
const REGISTERED_MS = 15_000;
const PATIENCE_MS = 60_000;

/** Consul is killed, loses all it knew, and comes back. */
export const consulLostDrill: MeshDrill = {
  name: 'consul-lost',
  demand: 'Consul killed, back with an empty catalog: 0 failed calls, all registered in 15 s',
  run: ({ report }) =>
    withStack({}, async (bench) => {
      const { stack } = bench;
      const load = startLoad(PER_SECOND, mixedAt(bench, []));
      const naive = startLoad(NAIVE_PER_SECOND, askNaively(stack.consulUrl, 'booking-service'));
      await until('load', () => load.samples.length >= 5 * PER_SECOND, 30_000);
      const registeredMs = await loseConsul(stack);
      await stack.untilHealthy();
      const enough = load.samples.length + 5 * PER_SECOND;
      await until('calls after it', () => load.samples.length >= enough, 30_000);
      const [samples, trusting] = [await load.stop(), await naive.stop()];
      report(`without Consul and after it: ${describeFailures(samples)}`);
      const [failed, naiveFailed] = [countFailed(samples), countFailed(trusting)];
      return toOutcome(
        { failed, calls: samples.length, 'all registered after ms': registeredMs },
        { 'failed asking Consul at each call': naiveFailed, calls: trusting.length },
        [
          [failed === 0, 'no call fails'],
          [registeredMs <= REGISTERED_MS, `everybody is registered within ${REGISTERED_MS / 1000} s`],
          [naiveFailed > 0, 'who asks Consul at each call fails'],
        ],
      );
    }),
};

/** @returns how long it took from Consul's first answer until everybody was in it again, in milliseconds */
async function loseConsul(stack: Stack): Promise<number> {
  stack.kill('consul');
  // It dies of the kill; this only keeps its supervisor from starting it with what it knew.
  await stack.stopInfra('consul');
  await rm(join(stack.dataDir, 'consul', 'data'), { recursive: true });
  await stack.startInfra('consul');
  const began = performance.now();
  const expected = stack.instances.filter(({ grpcAddress }) => grpcAddress !== undefined).map(({ id }) => id);
  await until(
    'everybody to be registered',
    async () => {
      const answers = ['user-service', 'booking-service'].map((name) =>
        resolveNaively(stack.consulUrl, name),
      );
      const ids = new Set((await Promise.all(answers)).flat().map(({ id }) => id));
      return expected.every((id) => ids.has(id));
    },
    PATIENCE_MS,
  );
  return Math.round(performance.now() - began);
}
