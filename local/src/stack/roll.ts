import { PlainError } from '../plain-error.js';
import type { Supervised } from '../processes/supervise.js';
import { waitUntil } from '../wait-until.js';
import { findUnaware } from './aware-callers.js';
import { type Place, toPlace } from './place.js';
import type { PlannedInstance } from './plan-instances.js';
import { findAilments, findHttpAilment } from './stack-health.js';

/** One instance has been replaced. Times are in milliseconds. */
export interface RollStep {
  readonly id: string;
  readonly pid: number | undefined;
  /** From SIGTERM to the end of the old process: leaving Consul, lingering and finishing its calls. */
  readonly stoppedMs: number;
  /** From there until the new process was passing and ready. */
  readonly readyMs: number;
  /** From there until every caller knew it. */
  readonly knownMs: number;
}

export interface RollOptions {
  /** The whole plan: callers are looked for in all of it. */
  readonly plan: readonly PlannedInstance[];
  readonly processes: ReadonlyMap<string, Supervised>;
  readonly consulUrl: string;
  readonly onStep: (step: RollStep) => void;
  /** Stops before the next instance; the one whose turn it is comes back first, unless the stack is closing. */
  readonly signal: AbortSignal;
  /** Ends the waiting at once and starts nothing any more: the stack is closing. */
  readonly closing: AbortSignal;
  /** How long a new process may take until all callers know it. */
  readonly timeoutMs?: number;
}

const ROLL_TIMEOUT_MS = 60_000;

/**
 * The services that a wish means: `booking` or `booking-service`, or `all` in the order of starting.
 * @throws PlainError naming what there is
 */
export function findRolled(services: readonly string[], wish: string): string[] {
  if (wish === 'all') return [...services];
  const found = services.filter((name) => name === wish || name === `${wish}-service`);
  if (found.length > 0) return found;
  const names = services.map((name) => name.replace(/-service$/, '')).join(', ');
  throw new PlainError(`there is no service "${wish}"; there are ${names}, all`);
}

/**
 * Replaces the instances one at a time, each by SIGTERM, an orderly end, a new process on the same port, health, and the
 * callers' knowing it. No instance is touched while another one of its service is not healthy.
 * @throws PlainError at the first that does not come back; those behind it stay as they were
 */
export async function rollInstances(turn: readonly PlannedInstance[], options: RollOptions): Promise<void> {
  for (const instance of turn) {
    options.signal.throwIfAborted();
    await checkOthers(instance, options);
    options.onStep(await replace(instance, options));
  }
}

async function checkOthers({ id, service }: PlannedInstance, options: RollOptions): Promise<void> {
  const others = options.plan.filter((other) => other.service.name === service.name && other.id !== id);
  const [ill] = await findAilments(options.consulUrl, others.map(toPlace));
  if (ill) throw new PlainError(`${id} is left alone while ${ill[0]} is not healthy: ${ill[1]}`);
}

async function replace(instance: PlannedInstance, options: RollOptions): Promise<RollStep> {
  const { id } = instance;
  const { closing, timeoutMs = ROLL_TIMEOUT_MS } = options;
  const process = options.processes.get(id);
  if (!process) throw new Error(`there is no process called ${id}`);
  const startedMs = performance.now();
  await process.stop();
  closing.throwIfAborted();
  const stoppedMs = performance.now();
  await process.start();
  const place = toPlace(instance);
  await untilReady(place, process, options);
  const readyMs = performance.now();
  await waitUntil(() => findUnaware(place, listCallers(options), options.consulUrl), {
    what: `${id}, which runs again, in the eyes of its callers`,
    timeoutMs,
    signal: closing,
  });
  return {
    id,
    pid: process.pid,
    stoppedMs: stoppedMs - startedMs,
    readyMs: readyMs - stoppedMs,
    knownMs: performance.now() - readyMs,
  };
}

/** Gives up as soon as the new process ends: its supervisor goes on trying, but whoever rolls has to look at it. */
async function untilReady(
  place: Place,
  process: Supervised,
  { consulUrl, closing, timeoutMs = ROLL_TIMEOUT_MS }: RollOptions,
): Promise<void> {
  const { deaths } = process;
  const died = new AbortController();
  const findWhy = async () => {
    if (process.deaths > deaths)
      died.abort(new PlainError(`${place.id} ended when it was started again (log: ${process.logFile})`));
    return findObstacle(place, consulUrl);
  };
  const signal = AbortSignal.any([closing, died.signal]);
  await waitUntil(findWhy, { what: place.id, timeoutMs, signal });
}

/** Consul may still list the old process for a second, so the new one is asked too. */
async function findObstacle(place: Place, consulUrl: string): Promise<string | undefined> {
  return (await findHttpAilment(place.adminUrl)) ?? (await findAilments(consulUrl, [place])).get(place.id);
}

/** A process that is down will ask Consul when it comes back. */
function listCallers({ plan, processes }: RollOptions): Place[] {
  return plan.filter(({ id }) => processes.get(id)?.pid !== undefined).map(toPlace);
}
