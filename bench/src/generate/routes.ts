import { AIRLINES, type Aircraft, type Airline } from './airlines.js';
import { CITIES, type City, getCity, toDistanceKm } from './cities.js';
import { toWeighted, type Weighted } from './random.js';

/** A way out from an airline's hub. Flights go there and back. */
export interface Route {
  readonly airline: Airline;
  readonly hub: City;
  readonly city: City;
  readonly distanceKm: number;
  /** From gate to gate, a multiple of 5. */
  readonly minutes: number;
  /** What a seat costs on an average day, a whole number. */
  readonly price: number;
  /** What of the fleet goes that far. */
  readonly fleet: readonly Aircraft[];
}

const SHORTEST_KM = 150;
const CRUISE_KM_H = 820;
const TAXI_MINUTES = 35;
/** As far as low fares attract people as much as a city's size does. */
const NEAR_KM = 1800;

/** Every route of every airline, as likely as its airline is large and its cities are large and near. */
export function planRoutes(): Weighted<Route> {
  const routes = AIRLINES.flatMap((airline) =>
    airline.hubs.flatMap((hub) => CITIES.flatMap((city) => toRoute(airline, getCity(hub), city) ?? [])),
  );
  const attraction = ({ hub, city, distanceKm }: Route) =>
    Math.sqrt(hub.passengers * city.passengers) / (1 + (distanceKm / NEAR_KM) ** 2);
  const ofAirline = new Map<Airline, number>();
  for (const route of routes)
    ofAirline.set(route.airline, (ofAirline.get(route.airline) ?? 0) + attraction(route));
  return toWeighted(
    routes,
    (route) => (route.airline.weight * attraction(route)) / (ofAirline.get(route.airline) ?? 1),
  );
}

function toRoute(airline: Airline, hub: City, city: City): Route | undefined {
  const distanceKm = toDistanceKm(hub, city);
  const able = airline.fleet.filter(({ rangeKm }) => rangeKm >= distanceKm);
  if (distanceKm < SHORTEST_KM || able.length === 0) return undefined;
  const minutes = 5 * Math.round((TAXI_MINUTES + (60 * distanceKm) / CRUISE_KM_H) / 5);
  // Fuel and crew grow with the way, gates and fees don't; far away there is less competition by the kilometre.
  const price = Math.round(airline.fares * (45 + 0.95 * distanceKm ** 0.78));
  // Nobody sends a giant to the next town when something smaller gets there.
  const longest = Math.min(...able.map(({ rangeKm }) => rangeKm)) * 3;
  return {
    airline,
    hub,
    city,
    distanceKm,
    minutes,
    price,
    fleet: able.filter(({ rangeKm }) => rangeKm <= longest),
  };
}
