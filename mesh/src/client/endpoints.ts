import type { Breaker } from '../balance/breaker.js';
import type { Instance } from '../consul/instance.js';
import type { InstanceSet } from '../consul/watch.js';
import type { Lane } from '../lane/lane.js';
import type { Logger } from '../log.js';
import type { Metrics } from '../metrics.js';
import { createEndpoint, type Endpoint } from './endpoint.js';

/** The endpoints of a service, following its instances. */
export interface Endpoints {
  readonly current: readonly Endpoint[];
  close(): void;
}

/** What endpoints are made with. */
export interface EndpointsOptions {
  readonly openLane: (host: string, port: number) => Lane;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const STATE_VALUES: Readonly<Record<Breaker['state'], number>> = { closed: 0, 'half-open': 1, open: 2 };

/**
 * Keeps one endpoint for each instance of a set. An instance that stays keeps its lane, its breaker and its calls; one
 * that comes back at another address is a new one; one that left takes no more calls and finishes those it has.
 */
export function followInstances(set: InstanceSet, { openLane, log, metrics }: EndpointsOptions): Endpoints {
  const { service } = set;
  let current: readonly Endpoint[] = [];

  function open(instance: Instance): Endpoint {
    return createEndpoint(instance, openLane(instance.host, instance.port), (breaker) => {
      metrics.breaker.set({ service, instance: instance.id }, STATE_VALUES[breaker.state]);
      log.warn({ callee: service, to: instance.id, ...toLogged(breaker) }, 'circuit breaker moved');
    });
  }

  function follow(instances: readonly Instance[]): void {
    const kept = new Map(current.map((endpoint) => [endpoint.id, endpoint]));
    const next = instances.map((instance) => {
      const endpoint = kept.get(instance.id);
      if (endpoint === undefined || !sameAddress(endpoint.instance, instance)) return open(instance);
      kept.delete(instance.id);
      endpoint.update(instance);
      return endpoint;
    });
    current = next;
    for (const gone of kept.values()) {
      gone.retire();
      if (!instances.some(({ id }) => id === gone.id)) metrics.breaker.remove({ service, instance: gone.id });
    }
    metrics.instances.set({ service }, current.length);
  }

  follow(set.current);
  const unfollow = set.onChange(follow);

  return {
    get current() {
      return current;
    },
    close() {
      unfollow();
      for (const endpoint of current) endpoint.lane.close();
      current = [];
    },
  };
}

function sameAddress(one: Instance, other: Instance): boolean {
  return one.host === other.host && one.port === other.port;
}

function toLogged(breaker: Breaker) {
  if (breaker.state !== 'open') return { breaker: breaker.state };
  return { breaker: breaker.state, until: new Date(breaker.until).toISOString() };
}
