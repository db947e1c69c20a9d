import { type Random, toWeighted, type Weighted } from './random.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How many fly in each month beside the yearly average: summer and the year's end are full. */
const MONTHS = [0.84, 0.86, 0.94, 1.01, 1.04, 1.12, 1.21, 1.2, 1.06, 1, 0.85, 0.97];
/** From Sunday on. */
const WEEKDAYS = [1.05, 1.03, 0.93, 0.92, 1, 1.13, 0.94];

/** Hubs send their aircraft out in waves, so that passengers can change: when, how long each lasts, and how large. */
const WAVES: Weighted<readonly [hour: number, spreadHours: number, size: number]> = toWeighted(
  [
    [6.5, 1, 30],
    [9.5, 1.2, 18],
    [13, 1.5, 20],
    [17, 1.3, 22],
    [20, 1, 10],
  ] as const,
  ([, , size]) => size,
);

/** How much there is to fly on a day; 1 on average. `dayMs` is its midnight, UTC. */
export function toSeason(dayMs: number): number {
  const day = new Date(dayMs);
  return (MONTHS[day.getUTCMonth()] ?? 1) * (WEEKDAYS[day.getUTCDay()] ?? 1);
}

/** A minute of the day to leave at, a multiple of 5, between 5:00 and 23:55. */
export function drawDepartureMinute(random: Random): number {
  const [hour, spread] = random.pick(WAVES);
  // The sum of three is near enough to a bell.
  const bell = random.next() + random.next() + random.next() - 1.5;
  const minute = 5 * Math.round(((hour + 2 * spread * bell) * 60) / 5);
  return Math.min(Math.max(minute, 5 * 60), 23 * 60 + 55);
}

/** A wall-clock time as the database takes it. */
export function toWallClock(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
