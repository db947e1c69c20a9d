import { until } from '@flight/local';
import { UserServiceDefinition } from '@flight/proto/user';
import { toOutcome } from '../../drill.js';
import { countFailed, describeFailures, startLoad } from '../../load.js';
import type { MeshDrill } from '../context.js';
import { type Lie, type LyingConsul, openLyingConsul } from '../lying-consul.js';
import { askNaively } from '../naive-resolver.js';
import { untilKnown, withSmallMesh } from '../small-mesh.js';

const SERVICE = 'lied-about';
const LIES: readonly Lie[] = ['empty', 'forbidden', 'broken'];
const PER_SECOND = 200;
const NAIVE_PER_SECOND = 20;
/** Answers of each kind that the caller must have been given. */
const LIES_HEARD = 2;

/** Consul answers, but not the truth: an agent with a bad token says 200 and `[]`, one in trouble 403 or 500. */
export const consulLiesDrill: MeshDrill = {
  name: 'consul-lies',
  demand: 'an empty, 403 or 5xx answer never removes the last address',
  run: ({ report }) =>
    withSmallMesh(async (mesh) => {
      for (const instance of ['lied_1', 'lied_2'])
        await mesh.serve(SERVICE, instance, { getJsonWebKeySet: async () => ({ keys: [] }) });
      const consul = await openLyingConsul(mesh.consulUrl);
      try {
        const caller = await mesh.openCaller(consul.url);
        const client = caller.dial(SERVICE, UserServiceDefinition);
        await untilKnown(caller, SERVICE, 2);
        const load = startLoad(PER_SECOND, () => client.getJsonWebKeySet({}).then(() => undefined));
        const naive = startLoad(NAIVE_PER_SECOND, askNaively(consul.url, SERVICE));
        for (const lie of LIES) await tell(consul, lie);
        const [samples, trusting] = [await load.stop(), await naive.stop()];
        report(`lied to: ${describeFailures(samples)}`);
        const [failed, naiveFailed] = [countFailed(samples), countFailed(trusting)];
        const known = caller.instances(SERVICE).current.length;
        return toOutcome(
          { failed, calls: samples.length, 'addresses left': known },
          { 'failed asking Consul at each call': naiveFailed, calls: trusting.length },
          [
            [failed === 0, 'no call fails'],
            [known === 2, 'no address is removed'],
            [naiveFailed > 0, 'who asks Consul at each call fails'],
          ],
        );
      } finally {
        await consul.close();
      }
    }),
};

async function tell(consul: LyingConsul, lie: Lie): Promise<void> {
  consul.tell(lie);
  await until(`the caller to be told ${lie}`, () => consul.watchersTold(lie) >= LIES_HEARD, 30_000);
  consul.tell(undefined);
}
