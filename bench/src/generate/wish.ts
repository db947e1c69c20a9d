/** How much to make, and of what. The same wish makes the same rows, but for the numbers that the databases give out. */
export interface Wish {
  readonly flights: number;
  readonly bookings: number;
  readonly users: number;
  readonly seed: number;
  /** What is taken for now: flights before it have flown, and nobody books or cancels after it. */
  readonly atMs: number;
}

const FLIGHTS_MAX = 200_000;
const BOOKINGS_MAX = 20_000_000;
const USERS_MAX = 2_000_000;
const SEED_MAX = 2 ** 31 - 1;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads FLIGHTS, BOOKINGS, USERS, SEED and AT (a day; its noon, UTC, is meant; today when not said).
 *
 * @throws Error naming what is no number, or not in its range
 */
export function readWish(env: NodeJS.ProcessEnv, nowMs: number): Wish {
  const flights = readWhole(env, 'FLIGHTS', 10_000, 1, FLIGHTS_MAX);
  const bookings = readWhole(env, 'BOOKINGS', 10 * flights, 0, BOOKINGS_MAX);
  return {
    flights,
    bookings,
    users: readWhole(env, 'USERS', Math.min(Math.max(Math.ceil(bookings / 5), 20), USERS_MAX), 1, USERS_MAX),
    seed: readWhole(env, 'SEED', 1, 0, SEED_MAX),
    atMs: readDay(env.AT || new Date(nowMs).toISOString().slice(0, 10)),
  };
}

function readWhole(env: NodeJS.ProcessEnv, name: string, usual: number, least: number, most: number): number {
  const value = Number(env[name] || usual);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} takes a whole number from ${least} to ${most}`);
  return value;
}

function readDay(text: string): number {
  const ms = DAY.test(text) ? Date.parse(`${text}T12:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text))
    throw new Error('AT takes a day, such as 2026-07-01');
  return ms;
}
