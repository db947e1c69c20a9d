/** A city with an airport. */
export interface City {
  readonly name: string;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** What its clocks show in winter, in hours after UTC. Summer time is left out. */
  readonly utcOffset: number;
  /** Passengers of its airports, in millions a year, roughly. */
  readonly passengers: number;
}

const EARTH_RADIUS_KM = 6371;

/** Passengers and places are rounded from the airports' own figures and the cities' coordinates. */
const TABLE = `
Amsterdam 52.3 4.8 1 66|Athens 37.9 23.9 2 28|Atlanta 33.6 -84.4 -5 104|Auckland -37.0 174.8 12 18|Bangkok 13.7 100.7 7 65
Barcelona 41.3 2.1 1 50|Beijing 40.1 116.6 8 90|Belgrade 44.8 20.3 1 8|Berlin 52.4 13.5 1 25|Bogotá 4.7 -74.1 -5 40
Boston 42.4 -71.0 -5 40|Brussels 50.9 4.5 1 24|Bucharest 44.6 26.1 2 15|Budapest 47.4 19.3 1 16|Buenos Aires -34.8 -58.5 -3 24
Cairo 30.1 31.4 2 27|Cape Town -34.0 18.6 2 10|Casablanca 33.4 -7.6 1 10|Chicago 42.0 -87.9 -6 95|Chisinau 46.9 28.9 2 4
Copenhagen 55.6 12.7 1 28|Delhi 28.6 77.1 5.5 72|Doha 25.3 51.6 3 46|Dubai 25.3 55.4 4 87|Dublin 53.4 -6.3 0 33
Düsseldorf 51.3 6.8 1 20|Frankfurt 50.0 8.6 1 61|Geneva 46.2 6.1 1 17|Hamburg 53.6 10.0 1 14|Helsinki 60.3 25.0 2 17
Hong Kong 22.3 113.9 8 50|Istanbul 41.3 28.8 3 110|Johannesburg -26.1 28.2 2 19|Kraków 50.1 19.8 1 10|Larnaca 34.9 33.6 2 8
Lisbon 38.8 -9.1 0 34|London 51.5 -0.5 0 170|Los Angeles 33.9 -118.4 -8 75|Madrid 40.5 -3.6 1 60|Mexico City 19.4 -99.1 -6 48
Miami 25.8 -80.3 -5 52|Milan 45.6 8.7 1 45|Montréal 45.5 -73.7 -5 21|Mumbai 19.1 72.9 5.5 52|Munich 48.4 11.8 1 37
Nairobi -1.3 36.9 3 8|New York 40.6 -73.8 -5 130|Nice 43.7 7.2 1 14|Oslo 60.2 11.1 1 26|Paris 49.0 2.5 1 100
Prague 50.1 14.3 1 14|Reykjavík 64.0 -22.6 0 8|Rome 41.8 12.2 1 44|San Francisco 37.6 -122.4 -8 50|São Paulo -23.4 -46.5 -3 62
Seoul 37.5 126.4 9 78|Singapore 1.4 104.0 8 59|Sofia 42.7 23.4 2 7|Stockholm 59.7 17.9 1 25|Sydney -33.9 151.2 10 42
Tel Aviv 32.0 34.9 2 22|Tokyo 35.6 139.8 9 120|Toronto 43.7 -79.6 -5 45|Vienna 48.1 16.6 1 30|Warsaw 52.2 21.0 1 18|Zürich 47.5 8.6 1 29`;

/** The cities of the schedule. */
export const CITIES: readonly City[] = TABLE.trim().split(/[|\n]/).map(parseCity);

const BY_NAME = new Map(CITIES.map((city) => [city.name, city]));

function parseCity(line: string): City {
  const words = line.split(' ');
  const [latitude = 0, longitude = 0, utcOffset = 0, passengers = 0] = words.slice(-4).map(Number);
  return { name: words.slice(0, -4).join(' '), latitude, longitude, utcOffset, passengers };
}

/** @throws Error when there is no such city */
export function getCity(name: string): City {
  const city = BY_NAME.get(name);
  if (city === undefined) throw new Error(`there is no city called ${name}`);
  return city;
}

/** Along the great circle, by the haversine formula. */
export function toDistanceKm(one: City, other: City): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [here, there] = [radians(one.latitude), radians(other.latitude)];
  const north = Math.sin((there - here) / 2) ** 2;
  const east = Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(north + Math.cos(here) * Math.cos(there) * east));
}

/**
 * A city's name as searches compare it. booking-service writes the same beside each flight (`toCityKey` of its
 * domain/route.ts), and without it a flight is not found.
 */
export function toCityKey(city: string): string {
  return city.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase();
}
