import type { ChannelCredentials, Interceptor } from '@grpc/grpc-js';
import { type Addresses, fixedAddresses } from './addresses.js';
import type { Calling } from './carry-out.js';
import { createFlightClient, type FlightClient } from './client.js';
import { followConsul } from './consul-addresses.js';
import { createInstances } from './instances.js';
import { createRetryBudget } from './retry-budget.js';
import type { TokenSource } from './token.js';

/** The services by their names in Consul. */
export type ServiceName = 'user-service' | 'booking-service' | 'etl-service';

/** Where the services are, and how to call them. */
export type ConnectOptions = CallSettings & (ConsulPlace | AddressPlace);

interface CallSettings {
  /** Whose calls they are; `withToken` changes it. */
  readonly token?: TokenSource;
  /**
   * grpc-js' credentials, such as `credentials.createSsl()`; plain HTTP/2 when absent, as inside the mesh. A certificate is checked
   * against the service's name (`user-service`) with `consul`, against the host of each address with `addresses`.
   */
  readonly credentials?: ChannelCredentials;
  /** grpc-js' interceptors, around each attempt at a call: for tracing and metrics of your own. */
  readonly interceptors?: readonly Interceptor[];
}

interface ConsulPlace {
  /** Base URL of a Consul agent, such as http://localhost:8500, reached without a proxy: instances are followed as they come and go. */
  readonly consul: string;
  readonly consulToken?: string;
}

interface AddressPlace {
  /** `host:port` of each instance, by service. A service that is left out can't be called. */
  readonly addresses: Readonly<Partial<Record<ServiceName, readonly string[]>>>;
}

/**
 * A client of the system. Nothing is connected before the first call. Close it: while it follows Consul, the process does not end
 * by itself.
 *
 * @throws TypeError when an address or the agent's URL is malformed
 */
export function connect(options: ConnectOptions): FlightClient {
  const addressesOf = toAddresses(options);
  const callings = new Map<ServiceName, Calling & { close(): void }>();

  function open(service: ServiceName): Calling & { close(): void } {
    const settings = { ...options, tlsName: 'consul' in options ? service : undefined };
    const instances = createInstances(service, addressesOf(service), settings);
    return { instances, budget: createRetryBudget(), close: instances.close };
  }

  const parts = {
    calling: (service: ServiceName) => {
      const calling = callings.get(service) ?? open(service);
      callings.set(service, calling);
      return calling;
    },
    close: () => {
      for (const { close } of callings.values()) close();
    },
  };
  return createFlightClient(parts, options.token);
}

/** How the instances of a service are found, once it is called. */
function toAddresses(options: ConsulPlace | AddressPlace): (service: ServiceName) => () => Addresses {
  if (!('consul' in options)) {
    return (service) => {
      const addresses = fixedAddresses(service, options.addresses[service] ?? []);
      return () => addresses;
    };
  }
  const agent = { url: toAgentUrl(options.consul), token: options.consulToken };
  return (service) => () => followConsul(agent, service);
}

function toAgentUrl(consul: string): string {
  const { protocol, origin, pathname } = new URL(consul);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`${JSON.stringify(consul)} is not a URL such as http://localhost:8500`);
  return origin + pathname.replace(/\/+$/, '');
}
