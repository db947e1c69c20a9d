import { until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { toOutcome } from '../../drill.js';
import { askTimes } from '../../load.js';
import { openBareUserClient } from '../bare-user-client.js';
import type { MeshContext, MeshDrill } from '../context.js';
import { type SmallMesh, withSmallMesh } from '../small-mesh.js';

const CONCURRENCY = 16;
const OPEN_WITHIN_MS = 1000;
const FAILURES_TO_OPEN = 5;
const HOSTS = 4;
/** Of the four hosts, those that always fail: more than may be passed over. */
const FAILING_HOSTS = 3;

/** A breaker that opens for transport failures and for nothing else, and never for too many at once. */
export const breakerDrill: MeshDrill = {
  name: 'breaker',
  demand: '10,000 refusals (404, 409) move no breaker; 5 failures in a row open one in 1 s; never > half',
  run: (context) =>
    withSmallMesh(async (mesh) => {
      const wronglyRefused = await refuse(mesh, context);
      const { failures, opensAfterMs } = await failInARow(mesh);
      const used = await failMostly(mesh);
      const ejected = await refuseUnderOutlierDetection(mesh);
      return toOutcome(
        {
          'refusals that moved a breaker': wronglyRefused,
          'failures to open': failures,
          'opened after ms': opensAfterMs,
          [`hosts in use, ${FAILING_HOSTS} of ${HOSTS} failing`]: used,
        },
        { "hosts that grpc-js' outlier detection ejects for 404": ejected },
        [
          [wronglyRefused === 0, 'no business refusal moves a breaker'],
          [failures === FAILURES_TO_OPEN, `${FAILURES_TO_OPEN} failures in a row open a breaker`],
          [opensAfterMs <= OPEN_WITHIN_MS, `it opens within ${OPEN_WITHIN_MS} ms`],
          [used * 2 >= HOSTS, 'at least half of the hosts stay in use'],
          [ejected > 0, 'who counts every status ejects a healthy host'],
        ],
      );
    }),
};

/** @returns how many calls were answered by a breaker instead of the host that refuses them */
async function refuse(mesh: SmallMesh, { calls }: MeshContext): Promise<number> {
  const getUser = async ({ userId }: { readonly userId: number }): Promise<never> => {
    if (userId % 2 === 0) throw new Fault('not_found', 'USER_NOT_FOUND', 'User not found');
    throw new Fault('already_exists', 'ACCOUNT_EXISTS', 'Account exists');
  };
  for (const instance of ['refusing_1', 'refusing_2']) await mesh.serve('refusing', instance, { getUser });
  const client = await mesh.dial('refusing', 2);
  // Pinned calls hear of an open breaker at once; others would pass its host over in silence.
  const answers = await askTimes(calls, CONCURRENCY, async (n) => {
    const options = { instance: n % 4 < 2 ? 'refusing_1' : 'refusing_2' };
    return client.getUser({ userId: n }, options).then(
      () => 'answered',
      (error: unknown) => (error instanceof Fault ? error.reason : String(error)),
    );
  });
  return answers.filter((reason) => reason !== 'USER_NOT_FOUND' && reason !== 'ACCOUNT_EXISTS').length;
}

/** Calls one host of three, which fails, until its breaker answers. */
async function failInARow(
  mesh: SmallMesh,
): Promise<{ readonly failures: number; readonly opensAfterMs: number }> {
  const simulateFailure = async (): Promise<never> => {
    throw new Fault('unavailable', 'UNREACHABLE', 'away');
  };
  for (const instance of ['failing_1', 'failing_2', 'failing_3'])
    await mesh.serve('failing', instance, { simulateFailure });
  const client = await mesh.dial('failing', 3);
  let failures = 0;
  let lastFailureAtMs = 0;
  await until('the breaker to open', async () => {
    const fault = await client
      .simulateFailure({}, { instance: 'failing_1' })
      .catch((error: unknown) => error);
    if (fault instanceof Fault && fault.reason === 'BREAKER_OPEN') return true;
    failures += 1;
    if (failures === FAILURES_TO_OPEN) lastFailureAtMs = performance.now();
    return false;
  });
  return { failures, opensAfterMs: Math.round(performance.now() - lastFailureAtMs) };
}

/** @returns how many hosts are still called once all breakers that may open have */
async function failMostly(mesh: SmallMesh): Promise<number> {
  const hosts = Array.from({ length: HOSTS }, (_, n) => `mostly_${n + 1}`);
  const arrivals = new Set<string>();
  for (const [index, host] of hosts.entries())
    await mesh.serve('mostly', host, {
      getUser: async () => {
        arrivals.add(host);
        if (index < FAILING_HOSTS) throw new Fault('unavailable', 'UNREACHABLE', 'away');
        return { user: undefined };
      },
    });
  const client = await mesh.dial('mostly', HOSTS);
  const ask = async (n: number) => {
    await client.getUser({ userId: n });
    return undefined;
  };
  await askTimes(500, CONCURRENCY, ask);
  arrivals.clear();
  await askTimes(500, CONCURRENCY, ask);
  return arrivals.size;
}

/** The balancing that comes with grpc-js, which counts every status but OK against a host. */
const OUTLIER_DETECTION = {
  loadBalancingConfig: [
    {
      outlier_detection: {
        interval: { seconds: 0, nanos: 200_000_000 },
        base_ejection_time: { seconds: 30, nanos: 0 },
        max_ejection_time: { seconds: 60, nanos: 0 },
        max_ejection_percent: 50,
        failure_percentage_ejection: {
          threshold: 50,
          enforcement_percentage: 100,
          minimum_hosts: 3,
          request_volume: 10,
        },
        child_policy: [{ round_robin: {} }],
      },
    },
  ],
};

/** @returns how many of three hosts get no more calls because one of them was asked for users that don't exist */
async function refuseUnderOutlierDetection(mesh: SmallMesh): Promise<number> {
  const arrivals = new Set<number>();
  const ports: number[] = [];
  for (let index = 0; index < 3; index++) {
    const { port } = await mesh.serve('judged', `judged_${index + 1}`, {
      getUser: async () => {
        arrivals.add(index);
        if (index === 0) throw new Fault('not_found', 'USER_NOT_FOUND', 'User not found');
        return { user: undefined };
      },
    });
    ports.push(port);
  }
  const client = openBareUserClient(`ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(',')}`, {
    'grpc.service_config': JSON.stringify(OUTLIER_DETECTION),
  });
  const ask = (n: number) =>
    client.getUser(n).then(
      () => undefined,
      () => 'refused',
    );
  // Ejections happen at the end of an interval; if none ever does, the control says so.
  const end = performance.now() + 3000;
  do {
    arrivals.clear();
    await askTimes(200, CONCURRENCY, ask);
  } while (arrivals.size === ports.length && performance.now() < end);
  client.close();
  return ports.length - arrivals.size;
}
