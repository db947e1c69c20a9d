import { until } from '@flight/local';
import { Fault } from '@flight/mesh';
import { startChild } from '../../../child-server.js';
import { toOutcome } from '../../drill.js';
import { openBareUserClient } from '../bare-user-client.js';
import type { MeshDrill } from '../context.js';
import { bindAll, dialAll, type Rpc } from '../contracts.js';
import { type SmallMesh, untilKnown, withSmallMesh } from '../small-mesh.js';

/**
 * A callee reckons its deadline from what was left when the call was sent, so it may be later by the time on the way
 * and by the rounding to whole milliseconds.
 */
const ON_THE_WAY_MS = 10;
const CANCELLED_WITHIN_MS = 50;
const CANCELLATIONS = 20;

/** Every RPC of the contracts through a chain of two servers, and a third that always throws. */
export const everyRpcDrill: MeshDrill = {
  name: 'every-rpc',
  demand: "every RPC: has a deadline, the callee's not later; cancel in 50 ms; a throw is INTERNAL",
  run: ({ report }) =>
    withSmallMesh(async (mesh) => {
      const deadlines = await walkChain(mesh);
      const cancelMs = await cancelChain(mesh);
      const wrong = await throwEverywhere(mesh);
      report('the control is a bare grpc-js server whose handler rejects: a stack trace follows');
      const alive = await rejectBare();
      return toOutcome(
        { ...deadlines, 'slowest cancel ms': cancelMs, 'throws that were not INTERNAL': wrong },
        { 'bare server alive after a throw': alive },
        [
          [deadlines['without its deadline'] === 0, 'every unary RPC has the deadline of its contract'],
          [
            deadlines['callee later by ms'] <= ON_THE_WAY_MS,
            "no callee's deadline is later than its caller's",
          ],
          [
            cancelMs <= CANCELLED_WITHIN_MS,
            `a cancel reaches the last callee within ${CANCELLED_WITHIN_MS} ms`,
          ],
          [wrong === 0, 'an exception in a handler is INTERNAL and the server goes on'],
          [alive === 0, 'a bare server dies of an exception'],
        ],
      );
    }),
};

/** Calls every RPC without a deadline; the first server passes it on to the second. */
async function walkChain(mesh: SmallMesh) {
  const atFirst = new Map<string, number>();
  const atSecond = new Map<string, number>();
  const allowedMs = new Map<string, number>();
  await mesh.serveAll(
    'second',
    'second_1',
    bindAll(async (path, call) => void atSecond.set(path, call.deadline)),
  );
  const between = await mesh.openCaller();
  const onward = new Map(dialAll(between, 'second').map((rpc) => [rpc.path, rpc]));
  await untilKnown(between, 'second', 1);
  const first = bindAll(async (path, call) => {
    atFirst.set(path, call.deadline);
    allowedMs.set(path, call.deadline - Date.now());
    await onward.get(path)?.call({ parent: call });
  });
  await mesh.serveAll('first', 'first_1', first);
  const rpcs = await dialAllKnown(mesh, 'first');
  for (const rpc of rpcs) await rpc.call();
  const unary = rpcs.filter(({ streams }) => !streams);
  const later = unary.map(({ path }) => (atSecond.get(path) ?? Infinity) - (atFirst.get(path) ?? 0));
  return {
    RPCs: rpcs.length,
    // A stream lasts until one of its ends leaves.
    streams: rpcs.length - unary.length,
    'without its deadline': unary.filter(
      ({ path, deadlineMs = 0 }) => !((allowedMs.get(path) ?? Infinity) <= deadlineMs + ON_THE_WAY_MS),
    ).length,
    'callee later by ms': Math.max(...later),
  };
}

/** @returns the slowest of some cancellations on their way through two servers, in milliseconds */
async function cancelChain(mesh: SmallMesh): Promise<number> {
  let arrived = 0;
  const heardAtMs: number[] = [];
  await mesh.serve('last', 'last_1', {
    getUser: (_request, call) =>
      new Promise((_resolve, reject) => {
        arrived += 1;
        call.signal.addEventListener('abort', () => {
          heardAtMs.push(performance.now());
          reject(call.signal.reason);
        });
      }),
  });
  const last = await mesh.dial('last', 1);
  await mesh.serve('middle', 'middle_1', {
    getUser: (request, call) => last.getUser(request, { parent: call }),
  });
  const middle = await mesh.dial('middle', 1);
  const tookMs: number[] = [];
  for (let round = 1; round <= CANCELLATIONS; round++) {
    const abort = new AbortController();
    const arrivedBefore = arrived;
    const heardBefore = heardAtMs.length;
    const outcome = middle
      .getUser({ userId: round }, { signal: abort.signal, timeoutMs: 10_000 })
      .catch(() => undefined);
    await until('the call to arrive', () => arrived > arrivedBefore);
    const hedges = arrived - arrivedBefore;
    const cancelledAtMs = performance.now();
    abort.abort();
    await outcome;
    await until('the last callee to hear', () => heardAtMs.length >= heardBefore + hedges);
    tookMs.push(Math.max(...heardAtMs.slice(heardBefore)) - cancelledAtMs);
  }
  return Math.max(...tookMs);
}

/** @returns how many RPCs answered an exception of their handler with something else than INTERNAL, or nothing after it */
async function throwEverywhere(mesh: SmallMesh): Promise<number> {
  const throwing = bindAll(async (_path, call) => {
    if (call.requestId === 'throw') throw new TypeError('nobody thought of this');
  });
  await mesh.serveAll('throwing', 'throwing_1', throwing);
  let wrong = 0;
  for (const rpc of await dialAllKnown(mesh, 'throwing')) {
    const fault = await rpc.call({ requestId: 'throw' }).catch((error: unknown) => error);
    const goesOn = await rpc.call({ requestId: 'go on' }).then(
      () => true,
      () => false,
    );
    if (!(fault instanceof Fault && fault.kind === 'internal' && goesOn)) wrong += 1;
  }
  return wrong;
}

async function dialAllKnown(mesh: SmallMesh, service: string): Promise<readonly Rpc[]> {
  const caller = await mesh.openCaller();
  const rpcs = dialAll(caller, service);
  await until(`${service} to be known`, () => caller.instances(service).current.length > 0);
  return rpcs;
}

/** @returns 1 when a bare server is still there after its handler rejected */
async function rejectBare(): Promise<number> {
  const server = await startChild('bare-rejecting');
  const client = openBareUserClient(server.address);
  await client.getUser(1, { deadline: Date.now() + 2000 }).catch(() => undefined);
  client.close();
  const isAlive = () => {
    try {
      return process.kill(server.pid, 0);
    } catch {
      return false;
    }
  };
  const alive = await until('its end', () => !isAlive(), 3000).then(
    () => 0,
    () => 1,
  );
  await server.close();
  return alive;
}
