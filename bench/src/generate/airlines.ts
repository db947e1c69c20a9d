/** A kind of aircraft. */
export interface Aircraft {
  readonly seats: number;
  readonly rangeKm: number;
}

/** An airline that flies between its hubs and everywhere within reach. */
export interface Airline {
  readonly name: string;
  /** Begins its flights' codes. None begins with FL, as those of the documentation do. */
  readonly code: string;
  readonly hubs: readonly string[];
  /** What it asks, beside the usual price. */
  readonly fares: number;
  readonly fleet: readonly Aircraft[];
  /** Its share of all flights, beside the others'. */
  readonly weight: number;
}

const TURBOPROP = { seats: 70, rangeKm: 900 };
const REGIONAL = { seats: 110, rangeKm: 2500 };
const NARROW = { seats: 180, rangeKm: 5000 };
const LONG_NARROW = { seats: 220, rangeKm: 6500 };
const WIDE = { seats: 300, rangeKm: 14_000 };
const GIANT = { seats: 410, rangeKm: 15_500 };

const LOW_COST = [NARROW, LONG_NARROW];
const NETWORK = [REGIONAL, NARROW, LONG_NARROW, WIDE];
const LARGE = [NARROW, LONG_NARROW, WIDE, GIANT];

/** The airlines of the schedule. */
export const AIRLINES: readonly Airline[] = [
  airline('WizzAir', 'W6', 'Budapest,Bucharest,Warsaw,Chisinau', 0.6, LOW_COST, 8),
  airline('FlyOne', '5F', 'Chisinau', 0.65, [NARROW], 2),
  airline('Air Moldova', '9U', 'Chisinau', 0.9, [REGIONAL, NARROW], 2),
  airline('Ryanair', 'FR', 'Dublin,London,Milan,Kraków,Berlin', 0.55, [NARROW], 12),
  airline('EasyJet', 'U2', 'London,Geneva,Milan,Berlin,Paris', 0.65, LOW_COST, 9),
  airline('Vueling', 'VY', 'Barcelona,Rome', 0.65, [NARROW], 5),
  airline('Turkish Airlines', 'TK', 'Istanbul', 0.95, LARGE, 9),
  airline('Pegasus', 'PC', 'Istanbul', 0.6, LOW_COST, 4),
  airline('Lufthansa', 'LH', 'Frankfurt,Munich', 1.15, [...NETWORK, GIANT], 10),
  airline('Air France', 'AF', 'Paris', 1.1, NETWORK, 9),
  airline('KLM', 'KL', 'Amsterdam', 1.05, NETWORK, 7),
  airline('British Airways', 'BA', 'London', 1.15, [...NETWORK, GIANT], 9),
  airline('Iberia', 'IB', 'Madrid', 1, NETWORK, 5),
  airline('TAP Air Portugal', 'TP', 'Lisbon', 0.95, NETWORK, 4),
  airline('SAS', 'SK', 'Copenhagen,Oslo,Stockholm', 1.05, NETWORK, 5),
  airline('Finnair', 'AY', 'Helsinki', 1.05, [TURBOPROP, ...NETWORK], 3),
  airline('SWISS', 'LX', 'Zürich,Geneva', 1.25, NETWORK, 4),
  airline('Austrian', 'OS', 'Vienna', 1.1, NETWORK, 4),
  airline('LOT', 'LO', 'Warsaw', 0.95, [TURBOPROP, ...NETWORK], 3),
  airline('Aegean', 'A3', 'Athens,Larnaca', 0.9, [TURBOPROP, NARROW, LONG_NARROW], 3),
  airline('Emirates', 'EK', 'Dubai', 1.3, [WIDE, GIANT], 6),
  airline('Qatar Airways', 'QR', 'Doha', 1.25, [NARROW, WIDE, GIANT], 5),
  airline('Delta', 'DL', 'Atlanta,New York,Boston', 1.1, LARGE, 9),
  airline('Singapore Airlines', 'SQ', 'Singapore', 1.3, [NARROW, WIDE, GIANT], 5),
  airline('Japan Airlines', 'JL', 'Tokyo', 1.2, [NARROW, WIDE], 6),
  airline('Qantas', 'QF', 'Sydney', 1.15, [TURBOPROP, NARROW, WIDE, GIANT], 4),
];

function airline(
  name: string,
  code: string,
  hubs: string,
  fares: number,
  fleet: readonly Aircraft[],
  weight: number,
): Airline {
  return { name, code, hubs: hubs.split(','), fares, fleet, weight };
}
