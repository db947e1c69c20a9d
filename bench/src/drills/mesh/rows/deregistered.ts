import { startLoad } from '../../load.js';
import type { MeshDrill } from '../context.js';
import { toLastPicksOutcome, watchLastPicks } from '../last-picks.js';
import { deregister, register } from '../registrations.js';
import { withSmallMesh } from '../small-mesh.js';

const SERVICE = 'shrinking';
const PER_SECOND = 300;
const SOON_MS = 250;

/** An operator takes an instance out of Consul. */
export const deregisteredDrill: MeshDrill = {
  name: 'deregistered',
  demand: 'deregistered instance: no new picks within 250 ms',
  run: ({ report }) =>
    withSmallMesh(async (mesh) => {
      const lastArrivals = new Map<string, number>();
      for (const id of ['shrinking_1', 'shrinking_2', 'shrinking_3']) {
        // An instance keeps itself registered, under the name it was opened with. What is taken away is another one.
        const { port } = await mesh.serve('spare', `spare_of_${id}`, {
          getJsonWebKeySet: async () => {
            lastArrivals.set(id, performance.now());
            return { keys: [] };
          },
        });
        await register(mesh.consulUrl, { id, service: SERVICE, port });
      }
      const client = await mesh.dial(SERVICE, 3);
      const load = startLoad(PER_SECOND, () => client.getJsonWebKeySet({}).then(() => undefined));
      const id = 'shrinking_2';
      const picks = await watchLastPicks({
        consulUrl: mesh.consulUrl,
        service: SERVICE,
        id,
        load,
        leave: () => deregister(mesh.consulUrl, id),
        lastArrivalMs: () => lastArrivals.get(id) ?? 0,
        report,
      });
      return toLastPicksOutcome(picks, SOON_MS);
    }),
};
