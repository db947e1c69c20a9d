import { Fault } from '@flight/mesh';
import { toOutcome } from '../../drill.js';
import { askTimes, countFailed } from '../../load.js';
import { openBareUserClient } from '../bare-user-client.js';
import type { MeshDrill } from '../context.js';
import { withSmallMesh } from '../small-mesh.js';

const SERVICE = 'pushing-back';
const CALLS = 20;
const CONCURRENCY = 4;
const RETRY_AFTER_MS = 300;
/** Timers of Node's fire up to a millisecond early. */
const EARLY_MS = 2;
const ENOUGH_MS = 3000;
const TOO_SHORT_MS = 150;

/** A server that says when a retry may succeed: not before, and not at all when there is no time. */
export const pushBackDrill: MeshDrill = {
  name: 'push-back',
  demand: 'push-back honoured: no retry before it, none that does not fit the deadline',
  run: () =>
    withSmallMesh(async (mesh) => {
      const arrivals = new Map<number, number[]>();
      const servers = [];
      for (const instance of ['pushing_1', 'pushing_2', 'pushing_3'])
        servers.push(
          await mesh.serve(SERVICE, instance, {
            getUser: async ({ userId }) => {
              const own = arrivals.get(userId) ?? [];
              arrivals.set(userId, [...own, performance.now()]);
              if (own.length > 0) return { user: undefined };
              throw new Fault('unavailable', 'UNREACHABLE', 'away', {}, { retryAfterMs: RETRY_AFTER_MS });
            },
          }),
        );
      const client = await mesh.dial(SERVICE, servers.length);
      const ask = async (userId: number, timeoutMs: number) => {
        await client.getUser({ userId }, { timeoutMs });
        return undefined;
      };
      const patient = await askTimes(CALLS, CONCURRENCY, (n) => ask(n, ENOUGH_MS));
      const earliest = Math.min(...gaps(arrivals));
      arrivals.clear();
      await askTimes(CALLS, CONCURRENCY, (n) => ask(CALLS + n, TOO_SHORT_MS));
      const hopeless = [...arrivals.values()].flat().length - arrivals.size;
      arrivals.clear();
      await repeatAtOnce(servers.map(({ port }) => `127.0.0.1:${port}`));
      const naive = Math.min(...gaps(arrivals));

      const failed = countFailed(patient.map((failure) => ({ failure })));
      return toOutcome(
        { 'earliest retry after ms': earliest, failed, 'retries without time': hopeless },
        { 'earliest retry after ms': naive },
        [
          [earliest >= RETRY_AFTER_MS - EARLY_MS, `no retry before ${RETRY_AFTER_MS} ms`],
          [failed === 0, 'calls with time enough succeed'],
          [hopeless === 0, 'no retry that does not fit the deadline'],
          [naive < RETRY_AFTER_MS - EARLY_MS, 'who repeats at once is too early'],
        ],
      );
    }),
};

/** From the first to the second arrival of each request, in milliseconds. */
function gaps(arrivals: ReadonlyMap<number, readonly number[]>): readonly number[] {
  return [...arrivals.values()].flatMap(([first, second]) =>
    first === undefined || second === undefined ? [] : [second - first],
  );
}

async function repeatAtOnce(addresses: readonly string[]): Promise<void> {
  const clients = addresses.map((address) => openBareUserClient(address));
  await askTimes(CALLS, CONCURRENCY, async (n) => {
    const ask = (attempt: number) => clients[(n + attempt) % clients.length]?.getUser(2 * CALLS + n);
    await ask(0)?.catch(() => ask(1));
    return undefined;
  });
  for (const client of clients) client.close();
}
