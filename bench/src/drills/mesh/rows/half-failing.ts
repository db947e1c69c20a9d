import { Fault } from '@flight/mesh';
import { toOutcome } from '../../drill.js';
import { askTimes } from '../../load.js';
import { openBareUserClient } from '../bare-user-client.js';
import type { MeshDrill } from '../context.js';
import { withSmallMesh } from '../small-mesh.js';

const SERVICE = 'half-failing';
const CONCURRENCY = 16;
const ATTEMPTS_PER_CALL_MAX = 1.2;
/** What a client does that was told to try three times. */
const NAIVE_ATTEMPTS = 3;

/** Half of all attempts fail: who retries each failure makes the load of a service in trouble nearly twice as large. */
export const halfFailingDrill: MeshDrill = {
  name: 'half-failing',
  demand: 'half of all calls failing: attempts ≤ 1.2 × calls',
  run: ({ calls, report }) =>
    withSmallMesh(async (mesh) => {
      let attempts = 0;
      const handlers = {
        getUser: async () => {
          attempts += 1;
          if (Math.random() < 0.5) throw new Fault('unavailable', 'UNREACHABLE', 'away');
          return { user: undefined };
        },
      };
      const servers = [];
      for (const instance of ['half_1', 'half_2', 'half_3'])
        servers.push(await mesh.serve(SERVICE, instance, handlers));
      const client = await mesh.dial(SERVICE, servers.length);
      const failures = await askTimes(calls, CONCURRENCY, async (n) => {
        await client.getUser({ userId: n });
        return undefined;
      });
      const perCall = attempts / calls;
      const failed = failures.filter((failure) => failure !== undefined).length;
      report(`${calls} calls, ${attempts} attempts arrived, ${failed} calls failed`);

      attempts = 0;
      const naivePerCall = await countNaively(
        servers.map(({ port }) => `127.0.0.1:${port}`),
        calls,
        () => attempts,
      );
      return toOutcome(
        { 'attempts per call': perCall, calls, failed },
        { 'attempts per call': naivePerCall },
        [
          [perCall <= ATTEMPTS_PER_CALL_MAX, `at most ${ATTEMPTS_PER_CALL_MAX} attempts a call`],
          [attempts > 0 && failed < calls, 'some calls succeed'],
          [naivePerCall > ATTEMPTS_PER_CALL_MAX, 'three attempts for each call are more than that'],
        ],
      );
    }),
};

async function countNaively(
  addresses: readonly string[],
  calls: number,
  attempts: () => number,
): Promise<number> {
  const clients = addresses.map((address) => openBareUserClient(address));
  async function askStubbornly(n: number): Promise<undefined> {
    for (let attempt = 0; attempt < NAIVE_ATTEMPTS; attempt++) {
      const answered = await clients[(n + attempt) % clients.length]?.getUser(n).then(
        () => true,
        () => false,
      );
      if (answered) return;
    }
  }
  await askTimes(calls, CONCURRENCY, askStubbornly);
  for (const client of clients) client.close();
  return attempts() / calls;
}
