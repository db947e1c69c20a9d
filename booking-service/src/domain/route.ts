import type { ListedFlight } from './flight.js';

/** Two cities, written so that the same cities are always the same text. */
export interface Route {
  readonly from: string;
  readonly to: string;
}

/** The first flights of a route, and whether they are all. */
export interface RouteListing {
  readonly flights: readonly ListedFlight[];
  readonly complete: boolean;
}

/** A city's name as names are compared: case, outer and doubled blanks, and the way accents are coded don't count. */
export function toCityKey(city: string): string {
  return city.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase();
}

/** The route between two cities, however they are written. */
export function toRoute(cities: { readonly fromCity: string; readonly toCity: string }): Route {
  return { from: toCityKey(cities.fromCity), to: toCityKey(cities.toCity) };
}
