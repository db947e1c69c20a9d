import { until } from '@flight/local';
import { toOutcome } from '../../drill.js';
import { openBareUserClient } from '../bare-user-client.js';
import type { MeshDrill } from '../context.js';
import { watchChannels } from '../idle-channels.js';
import { register } from '../registrations.js';
import { withSmallMesh } from '../small-mesh.js';
import { openWeakWire } from '../weak-wire.js';

const SERVICE = 'idling';
const ROUNDS = 20;
const TIMEOUT_MS = 1000;
/** Longer than the mesh's pings take to notice a dead connection: 10 s until the ping, 5 s for its answer. */
const QUIET_MS = 17_000;

/**
 * An hour without calls does two things to a connection, and both are done here without the hour: grpc-js puts the
 * channel to sleep after 30 minutes, and routers on the way forget it without telling anybody.
 */
export const idleDrill: MeshDrill = {
  name: 'idle',
  demand: 'first call after an idle hour (channels put to sleep; wires cut silently) succeeds',
  run: ({ report }) =>
    withSmallMesh(async (mesh) => {
      const { port } = await mesh.serve('spare', 'spare_1', { getUser: async () => ({ user: undefined }) });
      const wire = await openWeakWire(port);
      const channels = watchChannels();
      const bare = openBareUserClient(`127.0.0.1:${wire.port}`);
      try {
        await register(mesh.consulUrl, { id: 'idling_1', service: SERVICE, port: wire.port });
        const client = await mesh.dial(SERVICE, 1);
        const ask = () =>
          client.getUser({ userId: 1 }, { timeoutMs: TIMEOUT_MS }).then(
            () => undefined,
            (error: unknown) => String(error),
          );
        await ask();
        const asleep: (string | undefined)[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          channels.sleep();
          asleep.push(await ask());
        }
        await bare.getUser(1);
        wire.forget();
        const cutAtMs = performance.now();
        report(`wires cut silently; ${QUIET_MS / 1000} s without a call`);
        await until('a quiet time', () => performance.now() - cutAtMs >= QUIET_MS, 2 * QUIET_MS);
        const afterCut = await ask();
        const bareFailed = await bare.getUser(1, { deadline: Date.now() + TIMEOUT_MS }).then(
          () => 0,
          () => 1,
        );
        const failures = [...asleep, afterCut].filter((failure) => failure !== undefined);
        for (const failure of new Set(failures)) report(failure);
        return toOutcome(
          { failed: failures.length, 'first calls': ROUNDS + 1 },
          { 'failed without pings': bareFailed, 'first calls': 1 },
          [
            [failures.length === 0, 'every first call succeeds'],
            [bareFailed > 0, 'a channel without pings fails its first call'],
          ],
        );
      } finally {
        channels.release();
        bare.close();
        await wire.close();
      }
    }),
};
