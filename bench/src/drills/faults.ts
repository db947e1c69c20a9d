import type { Stack } from '@flight/local';
import { until } from '@flight/local';

/** A fault, and after which share of the load it comes. */
export interface Fault {
  readonly at: number;
  readonly what: string;
  readonly strike: (stack: Stack) => void | Promise<void>;
}

/** A user-service, Redis and an edge in turn; each has come back before the next one goes. */
export const FLIGHT_UPDATE_FAULTS: readonly Fault[] = [
  killed(0.1, 'user_service_1'),
  // Each edge's stream of announcements goes to one of them: with the last one, every stream was cut.
  killed(0.2, 'user_service_2'),
  killed(0.3, 'user_service_3'),
  { at: 0.4, what: 'redis is stopped', strike: (stack) => stack.stopInfra('redis') },
  { at: 0.55, what: 'redis is started', strike: (stack) => stack.startInfra('redis') },
  killed(0.65, 'edge_1'),
  killed(0.8, 'edge_2'),
];

function killed(at: number, id: string): Fault {
  return { at, what: `kill -9 of ${id}`, strike: (stack) => stack.kill(id) };
}

const PATIENCE_MS = 120_000;

/**
 * Strikes each fault when its time has come and the system is well again after the one before.
 *
 * @param progress which share of the load is done
 */
export async function strikeInTurn(
  stack: Stack,
  faults: readonly Fault[],
  progress: () => number,
  report: (line: string) => void,
): Promise<void> {
  for (const { at, what, strike } of faults) {
    await until(`${at * 100} % of the load`, () => progress() >= at, PATIENCE_MS);
    await stack.untilHealthy();
    report(`at ${(progress() * 100).toFixed(0)} %: ${what}`);
    await strike(stack);
  }
}
