import { until } from '@flight/local';
import { toOutcome } from '../../drill.js';
import { countFailed, describeFailures, startLoad } from '../../load.js';
import type { MeshDrill } from '../context.js';
import { deregister, register } from '../registrations.js';
import { type ServedInstance, withSmallMesh } from '../small-mesh.js';

const SERVICE = 'churning';
const PER_SECOND = 200;
const CHANGES_PER_SECOND = 200;
const SECONDS = 10;
/** Ids that come and go; each is registered at one server or another, so that it moves as well. */
const CHURNING_IDS = 10;
/** What a busy machine may lack of the changes asked for. */
const CHANGES_SHARE_MIN = 0.8;

/** Instances come, move and go 200 times a second. */
export const churnDrill: MeshDrill = {
  name: 'churn',
  demand: '200 changes of the instance set a second: no errors',
  run: ({ report }) =>
    withSmallMesh(async (mesh) => {
      const servers: ServedInstance[] = [];
      for (const instance of ['spare_1', 'spare_2', 'spare_3'])
        servers.push(await mesh.serve('spare', instance, { getUser: async () => ({ user: undefined }) }));
      for (const [index, { port }] of servers.entries())
        await register(mesh.consulUrl, { id: `steady_${index + 1}`, service: SERVICE, port });
      const client = await mesh.dial(SERVICE, servers.length);
      const calls = startLoad(PER_SECOND, (n) => client.getUser({ userId: n }).then(() => undefined));
      const changes = startLoad(CHANGES_PER_SECOND, async (n) => {
        const id = `churning_${(n >> 1) % CHURNING_IDS}`;
        const { port = 0 } = servers[n % servers.length] ?? {};
        await (n % 2 === 0
          ? register(mesh.consulUrl, { id, service: SERVICE, port })
          : deregister(mesh.consulUrl, id));
        return undefined;
      });
      const began = performance.now();
      await until('the churning to be over', () => performance.now() - began > SECONDS * 1000, 60_000);
      const made = await changes.stop();
      const samples = await calls.stop();
      report(`calls: ${describeFailures(samples)}; changes: ${describeFailures(made)}`);
      const failed = countFailed(samples);
      const perSecond = Math.round((made.length - countFailed(made)) / SECONDS);
      return toOutcome(
        { failed, calls: samples.length, 'changes a second': perSecond },
        'none: nothing in the mesh is there for this alone',
        [
          [failed === 0, 'no call fails'],
          [
            perSecond >= CHANGES_SHARE_MIN * CHANGES_PER_SECOND,
            `${CHANGES_PER_SECOND} changes a second are made`,
          ],
        ],
      );
    }),
};
