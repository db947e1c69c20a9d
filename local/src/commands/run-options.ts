import { PlainError } from '../plain-error.js';
import type { StackSize } from '../stack/stack.js';

/** What `run` is told through the environment. */
export interface RunOptions {
  /** Numbers of instances by service name; only those that were given. */
  readonly counts: Readonly<Record<string, number>>;
  readonly size: StackSize;
  /** Databases, by name in Consul, that get one server in the full stack. */
  readonly singleDatabases: readonly string[];
  /** When the user typed the command. */
  readonly startedAtMs: number;
}

/** The environment says something that can't be done. The message names every problem, one a line. */
export class InvalidOptions extends PlainError {
  override readonly name = 'InvalidOptions';
}

const COUNTS: Readonly<Record<string, string>> = {
  USER_SERVICES: 'user-service',
  BOOKING_SERVICES: 'booking-service',
  ETL_SERVICES: 'etl-service',
  EDGES: 'edge',
};

/** More than this on one machine is a typing error. */
const LARGEST_COUNT = 20;

/**
 * Reads USER_SERVICES, BOOKING_SERVICES, ETL_SERVICES, EDGES, STACK (small, full), BOOKING_DB (patroni, single) and
 * STARTED_AT_MS, all optional.
 * @throws InvalidOptions
 */
export function parseRunOptions(environment: NodeJS.ProcessEnv, nowMs: number): RunOptions {
  const counts: Record<string, number> = {};
  const problems: string[] = [];
  for (const [variable, service] of Object.entries(COUNTS)) {
    const text = environment[variable]?.trim() ?? '';
    if (text === '') continue;
    const count = /^\d+$/.test(text) ? Number(text) : 0;
    if (count >= 1 && count <= LARGEST_COUNT) counts[service] = count;
    else problems.push(`${variable} must be a whole number from 1 to ${LARGEST_COUNT}, not "${text}"`);
  }
  const read = <T extends string>(variable: string, choices: readonly [T, ...T[]]): T => {
    const text = environment[variable]?.trim() || choices[0];
    const choice = choices.find((one) => one === text);
    if (choice === undefined) problems.push(`${variable} must be ${choices.join(' or ')}, not "${text}"`);
    return choice ?? choices[0];
  };
  const size = read<StackSize>('STACK', ['small', 'full']);
  const bookingDb = read('BOOKING_DB', ['patroni', 'single']);
  if (problems.length > 0) throw new InvalidOptions(problems.join('\n'));
  const startedAtMs = Number(environment.STARTED_AT_MS);
  return {
    counts,
    size,
    singleDatabases: bookingDb === 'single' ? ['booking-db'] : [],
    startedAtMs: startedAtMs > 0 && startedAtMs <= nowMs ? startedAtMs : nowMs,
  };
}
