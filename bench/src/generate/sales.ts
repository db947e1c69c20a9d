import { DAY_MS, HOUR_MS } from './calendar.js';
import { type Random, toWeighted } from './random.js';
import { drawLeadMs, type PlannedFlight, type Status } from './schedule.js';

/** A seat that was sold. */
export interface Sale {
  readonly atMs: number;
  /** What the flight cost at that moment. */
  readonly price: number;
  readonly paymentMethod: string;
  readonly canceledAtMs: number | undefined;
}

/** What a flight was from a moment on. */
export interface FlightState {
  readonly atMs: number;
  readonly status: Status;
  readonly price: number;
}

/** A flight, everything that became of it, and its bookings, in the order in which they were made. */
export interface SoldFlight {
  readonly flight: PlannedFlight;
  /** From its publication on, in order, at least one. */
  readonly states: readonly FlightState[];
  readonly sales: readonly Sale[];
}

const PAYMENT_METHODS = toWeighted(
  [
    ['credit_card', 46],
    ['debit_card', 21],
    ['paypal', 15],
    ['apple_pay', 7],
    ['google_pay', 5],
    ['bank_transfer', 4],
    ['voucher', 2],
  ] as const,
  ([, share]) => share,
);

/** What share of the seats is sold when the price rises, and to how much of the opening price. */
const STEPS = [
  [0.9, 2.1],
  [0.75, 1.6],
  [0.5, 1.3],
  [0.25, 1.12],
] as const;
const LATE_MS = 10 * DAY_MS;
const LATE_RISE = 1.25;
/** Sales end so long before the flight: earlier than its status first changes. */
const CLOSES_MS = 2 * HOUR_MS;
const CANCELED = 0.07;
/** Who books a flight that is cancelled later mostly wants the money back. */
const CANCELED_WITH_FLIGHT = 0.6;

/**
 * How many bookings each flight gets, so that all together there are just so many and none has more than seats.
 *
 * @throws Error when there are not enough seats
 */
export function shareOut(bookings: number, flights: readonly PlannedFlight[]): readonly number[] {
  const quotas = flights.map(() => 0);
  let left = bookings;
  let open = [...flights.keys()];
  while (left > 0) {
    const wanted = open.reduce((sum, index) => sum + toWanted(flights[index]), 0);
    if (!(wanted > 0)) throw new Error(`${left} of ${bookings} bookings find no seat: ask for more flights`);
    const round = left;
    let carried = 0;
    for (const index of open) {
      // The fractions are carried on to the next flights, so that nothing is lost by rounding.
      carried += (round * toWanted(flights[index])) / wanted;
      const seats = flights[index]?.seats ?? 0;
      const granted = Math.min(Math.floor(carried + 1e-9), seats - (quotas[index] ?? 0), left);
      quotas[index] = (quotas[index] ?? 0) + granted;
      carried = Math.min(carried - granted, 1);
      left -= granted;
    }
    open = open.filter((index) => (quotas[index] ?? 0) < (flights[index]?.seats ?? 0));
  }
  return quotas;
}

function toWanted(flight: PlannedFlight | undefined): number {
  return flight === undefined ? 0 : flight.seats * flight.demand;
}

/** Sells so many seats of a flight, up to the moment that is taken for now. */
export function sellSeats(random: Random, flight: PlannedFlight, count: number, atMs: number): SoldFlight {
  const { departsAtMs, changes } = flight;
  // Nobody books a flight that is cancelled or at the gate.
  const cancelledAtMs = changes.find(({ status }) => status === 'Cancelled')?.atMs;
  const closesAtMs = Math.min(atMs, cancelledAtMs ?? departsAtMs - CLOSES_MS);
  const times = Array.from({ length: count }, () =>
    Math.floor(departsAtMs - drawLeadMs(random, departsAtMs - closesAtMs)),
  ).sort((one, other) => one - other);

  const states: FlightState[] = [
    { atMs: flight.publishedAtMs, status: 'On Time', price: flight.openingPrice },
  ];
  const sales = times.map((soldAtMs, sold): Sale => {
    const price = toPrice(flight, sold, soldAtMs);
    const before = states.at(-1);
    if (before !== undefined && price > before.price)
      states.push({ atMs: soldAtMs, status: 'On Time', price });
    const share = cancelledAtMs === undefined ? CANCELED : CANCELED_WITH_FLIGHT;
    const untilMs = Math.min(atMs, cancelledAtMs === undefined ? departsAtMs : cancelledAtMs + 7 * DAY_MS);
    const canceled = random.chance(share) && untilMs > soldAtMs;
    const [paymentMethod] = random.pick(PAYMENT_METHODS);
    const canceledAtMs = canceled ? Math.ceil(soldAtMs + random.next() * (untilMs - soldAtMs)) : undefined;
    return { atMs: soldAtMs, price, paymentMethod, canceledAtMs };
  });
  const price = states.at(-1)?.price ?? flight.openingPrice;
  return { flight, states: [...states, ...changes.map((change) => ({ ...change, price }))], sales };
}

/** What the next seat costs when so many are sold. It rises with demand and shortly before the flight, and falls never. */
function toPrice({ openingPrice, seats, departsAtMs }: PlannedFlight, sold: number, atMs: number): number {
  const [, rise] = STEPS.find(([share]) => sold >= share * seats) ?? [0, 1];
  return Math.round(openingPrice * rise * (departsAtMs - atMs < LATE_MS ? LATE_RISE : 1));
}
