import type { Airline } from './airlines.js';
import { DAY_MS, drawDepartureMinute, HOUR_MS, MINUTE_MS, toSeason } from './calendar.js';
import type { City } from './cities.js';
import { createRandom, type Random, toWeighted } from './random.js';
import { planRoutes, type Route } from './routes.js';
import type { Wish } from './wish.js';

/** The statuses that the schedule gives, in the words that booking-service stores. */
export type Status =
  | 'On Time'
  | 'Delayed'
  | 'Boarding'
  | 'Gate Closed'
  | 'Departed'
  | 'Landed'
  | 'Arrived'
  | 'Diverted'
  | 'Cancelled';

/** From when on a flight had a status. */
export interface StatusChange {
  readonly atMs: number;
  readonly status: Status;
}

/** A flight of one day. All times are instants but for those called wall, which are what the city's clocks show. */
export interface PlannedFlight {
  readonly airline: Airline;
  readonly from: City;
  readonly to: City;
  readonly departsAtMs: number;
  readonly departureWallMs: number;
  readonly arrivalWallMs: number;
  /** Of a seat when nobody has booked yet. */
  readonly openingPrice: number;
  readonly seats: number;
  /** On sale from then on. */
  readonly publishedAtMs: number;
  /** What its status became later, in order, none after the moment that is taken for now. */
  readonly changes: readonly StatusChange[];
  /** What share of its seats people would like, until now; more than 1 when there are not enough. */
  readonly demand: number;
}

/** As long before its day a flight can be booked. */
export const ON_SALE_MS = 330 * DAY_MS;
const SPAN_DAYS = 180;
const CANCELLED = 0.018;
const DELAYED = 0.17;
const DIVERTED = 0.002;

/** The flights of half a year before and half a year after now, in the order of their departures. */
export function planSchedule({ flights, seed, atMs }: Wish): readonly PlannedFlight[] {
  const random = createRandom(seed, 'schedule');
  const routes = planRoutes();
  const today = atMs - (atMs % DAY_MS);
  const offsets = Array.from({ length: 2 * SPAN_DAYS }, (_, index) => index - SPAN_DAYS);
  const days = toWeighted(
    offsets.map((offset) => today + offset * DAY_MS),
    toSeason,
  );
  return Array.from({ length: flights }, () =>
    planFlight(random, random.pick(routes), random.pick(days), atMs),
  ).sort((one, other) => one.departsAtMs - other.departsAtMs);
}

function planFlight(random: Random, route: Route, dayMs: number, atMs: number): PlannedFlight {
  const { airline, hub, city, minutes, fleet } = route;
  const [from, to] = random.chance(0.5) ? [hub, city] : [city, hub];
  const departureWallMs = dayMs + drawDepartureMinute(random) * MINUTE_MS;
  const departsAtMs = departureWallMs - from.utcOffset * HOUR_MS;
  const arrivesAtMs = departsAtMs + minutes * MINUTE_MS;
  const season = toSeason(dayMs);
  const aircraft = fleet[random.whole(0, fleet.length - 1)] ?? fleet[0];
  const publishedAtMs = departsAtMs - ON_SALE_MS;
  return {
    airline,
    from,
    to,
    departsAtMs,
    departureWallMs,
    arrivalWallMs: arrivesAtMs + to.utcOffset * HOUR_MS,
    openingPrice: Math.round(route.price * season * (0.8 + 0.2 * random.next())),
    seats: aircraft?.seats ?? 0,
    publishedAtMs,
    changes: drawChanges(random, departsAtMs, arrivesAtMs).filter((change) => change.atMs <= atMs),
    demand: (0.45 + 0.75 * random.next()) * season * toShareBooked(departsAtMs - atMs),
  };
}

/** What share of a flight's bookings is made by so long before it leaves; `drawLeadMs` draws by the same two means. */
function toShareBooked(leftMs: number): number {
  const days = Math.max(0, leftMs / DAY_MS);
  return (
    LEISURE_SHARE * Math.exp(-days / LEISURE_DAYS) + (1 - LEISURE_SHARE) * Math.exp(-days / BUSINESS_DAYS)
  );
}

const LEISURE_SHARE = 0.7;
const LEISURE_DAYS = 55;
const BUSINESS_DAYS = 9;

/** How long before the flight somebody books who books this long before it at the latest: holidays early, business late. */
export function drawLeadMs(random: Random, latestMs: number): number {
  const latest = Math.max(0, latestMs / DAY_MS);
  // Of those who book that early, most are on holiday.
  const leisure = LEISURE_SHARE * Math.exp(-latest / LEISURE_DAYS);
  const business = (1 - LEISURE_SHARE) * Math.exp(-latest / BUSINESS_DAYS);
  const mean = random.chance(leisure / (leisure + business)) ? LEISURE_DAYS : BUSINESS_DAYS;
  const days = latest + random.exponential(mean);
  const mostDays = ON_SALE_MS / DAY_MS;
  return (days < mostDays ? days : latest + random.next() * (mostDays - latest)) * DAY_MS;
}

function drawChanges(random: Random, departsAtMs: number, arrivesAtMs: number): StatusChange[] {
  if (random.chance(CANCELLED)) {
    const earlierMs = Math.min(random.exponential(3) * DAY_MS + HOUR_MS, ON_SALE_MS / 2);
    return [{ atMs: departsAtMs - earlierMs, status: 'Cancelled' }];
  }
  const lateMs = random.chance(DELAYED) ? 15 * MINUTE_MS + random.exponential(40) * MINUTE_MS : 0;
  const delayed: StatusChange = { atMs: departsAtMs - 70 * MINUTE_MS, status: 'Delayed' };
  const last = random.chance(DIVERTED) ? 'Diverted' : 'Landed';
  const landedAtMs = arrivesAtMs + lateMs;
  return [
    ...(lateMs > 0 ? [delayed] : []),
    { atMs: departsAtMs + lateMs - 40 * MINUTE_MS, status: 'Boarding' },
    { atMs: departsAtMs + lateMs - 15 * MINUTE_MS, status: 'Gate Closed' },
    { atMs: departsAtMs + lateMs, status: 'Departed' },
    { atMs: landedAtMs, status: last },
    ...(last === 'Landed' ? [{ atMs: landedAtMs + 20 * MINUTE_MS, status: 'Arrived' } as const] : []),
  ];
}
