/** An instance as Consul's health endpoint names it. */
export interface Named {
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

const PATIENCE_MS = 500;

/**
 * What Consul says of a service at this moment, taken as it is: nothing is remembered. The control of the drills about
 * Consul.
 *
 * @throws when Consul does not answer in time, or with an error
 */
export async function resolveNaively(consulUrl: string, service: string): Promise<readonly Named[]> {
  const response = await fetch(`${consulUrl}/v1/health/service/${service}?passing`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw new Error(`Consul answers ${response.status}`);
  const entries = (await response.json()) as readonly {
    readonly Service: { readonly ID: string; readonly Address: string; readonly Port: number };
  }[];
  return entries.map(({ Service }) => ({ id: Service.ID, host: Service.Address, port: Service.Port }));
}

/** A call that first asks Consul where to: it fails when Consul does not answer or names nobody. */
export function askNaively(consulUrl: string, service: string): () => Promise<string | undefined> {
  return async () => {
    const named = await resolveNaively(consulUrl, service);
    return named.length === 0 ? 'Consul names nobody' : undefined;
  };
}

/** A client that asks Consul now and then and goes by the answer until the next one, as with a name's TTL. */
export interface PollingClient {
  /** Where its next call would go. */
  pick(): Named | undefined;
}

/** Begins to go by an answer of this moment; asks again whenever it is older than the TTL. */
export async function pollNaively(consulUrl: string, service: string, ttlMs: number): Promise<PollingClient> {
  let named = await resolveNaively(consulUrl, service);
  let askedAtMs = performance.now();

  async function ask(): Promise<void> {
    named = await resolveNaively(consulUrl, service);
  }

  return {
    pick() {
      if (performance.now() - askedAtMs > ttlMs) {
        askedAtMs = performance.now();
        // An answer that does not come leaves it with the old one.
        void ask().catch(() => undefined);
      }
      return named[Math.floor(Math.random() * named.length)];
    },
  };
}
