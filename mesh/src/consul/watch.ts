import { pause } from '../deadline.js';
import type { Logger } from '../log.js';
import type { ConsulAgent } from './agent.js';
import type { Instance } from './instance.js';
import { advanceKnown, NOTHING_KNOWN, usable } from './known-set.js';

/** The instances of a service, kept current in the background. Reading it costs nothing and never fails. */
export interface InstanceSet {
  readonly service: string;
  /** The last known good set; empty until Consul has named an instance for the first time. */
  readonly current: readonly Instance[];
  /** Milliseconds since Consul last answered; Infinity when it never has. */
  ageMs(): number;
  /** Calls back after each change; returns how to stop that. */
  onChange(listener: (instances: readonly Instance[]) => void): () => void;
  /** Resolves once there is an instance, or the signal aborted. */
  known(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** What is watched. */
export interface WatchOptions {
  readonly service: string;
  /** Only instances with this tag. */
  readonly tag?: string | undefined;
  readonly log: Logger;
}

/** How long Consul may hold an answer back, in seconds. */
const WAIT_SECONDS = 55;
/** At least this long from one query to the next, in milliseconds, however often the set changes. */
const FLOOR_MS = 50;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 5000;

/**
 * Watches the healthy instances of a service by Consul's blocking queries. An index that goes backwards starts from
 * the beginning, as Consul's documentation asks; errors are retried with back-off and jitter while the last known
 * good set stands.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function watchInstances(agent: ConsulAgent, { service, tag, log }: WatchOptions): InstanceSet {
  const stop = new AbortController();
  const listeners = new Set<(instances: readonly Instance[]) => void>();
  let known = NOTHING_KNOWN;
  let current: readonly Instance[] = [];
  let answeredAt = Number.NEGATIVE_INFINITY;
  let index = 0;
  let failures = 0;

  async function poll(): Promise<void> {
    const waitSeconds = known.leaving.length > 0 ? 1 : WAIT_SECONDS;
    const answer = await agent.healthy({ service, tag, index, waitSeconds, signal: stop.signal });
    index = answer.index < index ? 0 : answer.index;
    answeredAt = Date.now();
    if (failures > 0) log.info({ watched: service }, 'Consul answers again');
    failures = 0;
    if (answer.instances.length === 0 && current.length > 0) {
      log.warn(
        { watched: service, kept: current.length },
        'Consul names no healthy instance; keeping the last known',
      );
    }
    accept(advanceKnown(known, answer.instances, Date.now()));
  }

  function accept(next: typeof known): void {
    if (next === known) return;
    known = next;
    current = usable(known);
    log.info(
      { watched: service, instances: current.map(({ id }) => id), leaving: known.leaving.length },
      'instances changed',
    );
    for (const listener of listeners) listener(current);
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await poll();
        await pause(FLOOR_MS, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        index = 0;
        if (failures++ === 0)
          log.warn({ err: error, watched: service, kept: current.length }, 'Consul is away');
        await pause(backOffMs(failures), stop.signal);
      }
    }
  }

  void run();

  return {
    service,
    get current() {
      return current;
    },
    ageMs: () => Date.now() - answeredAt,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    known(signal) {
      if (current.length > 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          listeners.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        listeners.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    close: () => stop.abort(),
  };
}

/** Exponential back-off with full jitter above the minimum. */
function backOffMs(failures: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1));
  return BACKOFF_MIN_MS + Math.random() * (ceiling - BACKOFF_MIN_MS);
}
