import { startLoad } from '../../load.js';
import { openBareUserServer } from '../bare-user-server.js';
import type { MeshDrill } from '../context.js';
import { toLastPicksOutcome, watchLastPicks } from '../last-picks.js';
import { register } from '../registrations.js';
import { withSmallMesh } from '../small-mesh.js';

const SERVICE = 'ailing';
const PER_SECOND = 300;
const SOON_MS = 2000;

/** An instance says NOT_SERVING to its health check and goes on answering. */
export const notServingDrill: MeshDrill = {
  name: 'not-serving',
  demand: 'NOT_SERVING: no new picks within 2 s',
  run: ({ report }) =>
    withSmallMesh(async (mesh) => {
      const lastArrivals = new Map<string, number>();
      const ids = ['ailing_1', 'ailing_2', 'ailing_3'];
      const servers = await Promise.all(
        ids.map((id) => openBareUserServer(() => lastArrivals.set(id, performance.now()))),
      );
      try {
        for (const [index, { port }] of servers.entries())
          await register(mesh.consulUrl, { id: ids[index] ?? '', service: SERVICE, port, checked: true });
        const client = await mesh.dial(SERVICE, servers.length);
        const load = startLoad(PER_SECOND, () => client.getJsonWebKeySet({}).then(() => undefined));
        const picks = await watchLastPicks({
          consulUrl: mesh.consulUrl,
          service: SERVICE,
          id: 'ailing_2',
          load,
          leave: () => servers[1]?.setServing(false),
          lastArrivalMs: () => lastArrivals.get('ailing_2') ?? 0,
          report,
        });
        return toLastPicksOutcome(picks, SOON_MS);
      } finally {
        for (const server of servers) server.close();
      }
    }),
};
