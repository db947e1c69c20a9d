import type { Addresses } from './addresses.js';
import { backOffMs, jittered, pause } from './pause.js';

/** The Consul agent that is asked. */
export interface ConsulAgent {
  /** Base URL, such as http://localhost:8500. */
  readonly url: string;
  /** Sent as X-Consul-Token. */
  readonly token: string | undefined;
}

/** How long the agent may hold an answer back that has nothing new, in seconds. */
const WAIT_SECONDS = 30;
/** How long one question may take, in milliseconds: Consul adds up to a sixteenth of the wait by itself. */
const QUERY_TIMEOUT_MS = 40_000;
/** At least this long from one answer to the next question, in milliseconds, however often the set changes. */
const FLOOR_MS = 50;
/** The same when the agent named no index to wait on. */
const BLIND_MS = 1000;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 5000;

interface Entry {
  readonly Node: { readonly Address: string };
  readonly Service: { readonly Address: string; readonly Port: number };
}

/**
 * Follows the instances of a service that pass their checks, by Consul's blocking queries. While the agent is away, refuses, or
 * names nobody, the last known set stays: who is in it and gone is found out by calling.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function followConsul(agent: ConsulAgent, service: string): Addresses {
  const stop = new AbortController();
  const waiting = new Set<() => void>();
  let current: readonly string[] = [];
  let complaint = `Consul at ${agent.url} has not answered yet`;
  let index = 0;

  async function poll(): Promise<void> {
    const answer = await ask(agent, service, index, stop.signal);
    // An index that goes backwards starts from the beginning, as Consul's documentation asks.
    index = answer.index < index ? 0 : answer.index;
    complaint = `Consul at ${agent.url} knows no instance that passes its checks`;
    if (answer.addresses.length > 0) current = answer.addresses;
  }

  function tell(): void {
    for (const done of [...waiting]) done();
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stop.signal.aborted; ) {
      try {
        await poll();
        failures = 0;
        tell();
        await pause(jittered(index > 0 ? FLOOR_MS : BLIND_MS), stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        index = 0;
        failures += 1;
        complaint = `Consul at ${agent.url} ${toComplaint(error)}`;
        tell();
        await pause(backOffMs(failures, BACKOFF_FIRST_MS, BACKOFF_MAX_MS), stop.signal);
      }
    }
  }

  void run();
  return {
    get current() {
      return current;
    },
    get complaint() {
      return complaint;
    },
    known(signal) {
      if (current.length > 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    close() {
      stop.abort();
      tell();
    },
  };
}

async function ask(
  { url, token }: ConsulAgent,
  service: string,
  index: number,
  signal: AbortSignal,
): Promise<{ readonly index: number; readonly addresses: readonly string[] }> {
  const question = new URL(`/v1/health/service/${encodeURIComponent(service)}`, url);
  question.search = new URLSearchParams({
    passing: 'true',
    index: String(index),
    wait: `${WAIT_SECONDS}s`,
  }).toString();
  const response = await fetch(question, {
    headers: token === undefined ? {} : { 'x-consul-token': token },
    signal: AbortSignal.any([signal, AbortSignal.timeout(QUERY_TIMEOUT_MS)]),
  });
  if (!response.ok) throw new Error(`answers ${response.status}`);
  const entries = (await response.json()) as readonly Entry[];
  const addresses = entries.map(({ Node, Service }) =>
    toAddress(Service.Address || Node.Address, Service.Port),
  );
  return { index: Number(response.headers.get('x-consul-index') ?? 0), addresses };
}

function toAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** fetch hides the network's own words in the cause. */
function toComplaint(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `can't be reached: ${error.cause.message}` : error.message;
}
