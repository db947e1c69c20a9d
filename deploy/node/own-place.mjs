import { resolvePtr } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';

/**
 * This container's address in the network of the containers.
 * @throws Error when it has none, or is in several networks: which of them the others call is not for us to guess
 */
export function findAddress(interfaces = networkInterfaces()) {
  const addresses = Object.values(interfaces)
    .flatMap((found) => found ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  if (addresses.length === 1) return addresses[0];
  throw new Error(`the container has ${addresses.length} addresses; set HOST to the one to be found at`);
}

/**
 * The name of an instance from its container's name: `user_service_2` from `flight-booking-user-service-2.flight-booking_default`.
 * Compose numbers the containers of a service, so the name is unique and comes back when the container is made anew.
 *
 * @returns undefined for a container that was not named so
 */
export function toInstance(containerName, service) {
  const number = containerName.match(new RegExp(`(?:^|[-_])${service}[-_](\\d{1,4})(?:\\.|$)`))?.[1];
  return number && `${service.replaceAll('-', '_')}_${number}`;
}

/** The name of this container's instance, asked of the engine's name server. @throws Error when it knows none */
export async function findInstance(address, service) {
  const names = await resolvePtr(`${address.split('.').reverse().join('.')}.in-addr.arpa`);
  for (const name of names) {
    const instance = toInstance(name, service);
    if (instance) return instance;
  }
  throw new Error(`no instance's name in ${names.join(', ')}; set INSTANCE_ID`);
}
