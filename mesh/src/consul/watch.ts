import { pause } from '../deadline.js';
import type { Logger } from '../log.js';
import type { ConsulAgent } from './agent.js';
import { type Instance, sameInstances } from './instance.js';
import { advanceKnown, isUnsettled, NOTHING_KNOWN, usable } from './known-set.js';
import type { Sighting } from './sighting.js';

/** The instances of a service, kept current in the background. Reading it costs nothing and never fails. */
export interface InstanceSet {
  readonly service: string;
  /** The last known good set; empty until Consul has named an instance, and while all are in maintenance. */
  readonly current: readonly Instance[];
  /** How often the set has changed. */
  readonly changes: number;
  /** How many queries have failed: refused, broken or not answered in time. */
  readonly failures: number;
  /** Milliseconds since Consul last answered; Infinity when it never has. */
  ageMs(): number;
  /** Calls back after each change, those that Consul lists first; returns how to stop that. */
  onChange(listener: (instances: readonly Instance[]) => void): () => void;
  /** Resolves once there is an instance, or the signal aborted. */
  known(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** What is watched. */
export interface WatchOptions {
  readonly service: string;
  readonly log: Logger;
}

/**
 * How long Consul may hold an answer back, in seconds. A held answer can't be told from a frozen agent, so this also
 * bounds how late that is noticed; what it costs is one small request each time.
 */
const WAIT_SECONDS = 10;
/** The same while the set will change by time alone. */
const UNSETTLED_WAIT_SECONDS = 1;
/** At least this long from one answer to the next query, in milliseconds, however often the set changes. */
const FLOOR_MS = 50;
/** The same when Consul named no index to wait on. */
const BLIND_MS = 1000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 2000;

/**
 * Watches the instances of a service by Consul's blocking queries. An index that goes backwards starts from the
 * beginning, as Consul's documentation asks; errors, refusals and silence are retried with back-off and jitter while
 * the last known good set stands. What becomes of an answer: known-set.ts.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function watchInstances(agent: ConsulAgent, { service, log }: WatchOptions): InstanceSet {
  const stop = new AbortController();
  const listeners = new Set<(instances: readonly Instance[]) => void>();
  let known = NOTHING_KNOWN;
  let current: readonly Instance[] = [];
  let answeredAt = Number.NEGATIVE_INFINITY;
  let index = 0;
  let isKept = false;
  let changes = 0;
  let failures = 0;
  let failuresInARow = 0;

  /** @returns how long to pause before the next query, in milliseconds */
  async function poll(): Promise<number> {
    const waitSeconds = isUnsettled(known, performance.now()) ? UNSETTLED_WAIT_SECONDS : WAIT_SECONDS;
    const answer = await agent.observe({ service, index, waitSeconds, signal: stop.signal });
    index = answer.index < index ? 0 : answer.index;
    answeredAt = performance.now();
    if (failuresInARow > 0) log.info({ watched: service, failures: failuresInARow }, 'Consul answers again');
    failuresInARow = 0;
    accept(answer.sightings);
    return answer.index > 0 ? jittered(FLOOR_MS) : jittered(BLIND_MS);
  }

  function accept(sightings: readonly Sighting[]): void {
    const before = known;
    known = advanceKnown(known, sightings, performance.now());
    const next = usable(known);
    warnWhenKept(sightings, next.length);
    // Who is merely kept comes last: a listener that wants one instance must hear when those two change places.
    if (sameInstances(before.listed, known.listed) && sameInstances(current, next)) return;
    current = next;
    changes++;
    const ids = current.map(({ id }) => id);
    log.info({ watched: service, instances: ids, leaving: known.leaving.length }, 'instances changed');
    for (const listener of [...listeners]) tell(listener);
  }

  function warnWhenKept(sightings: readonly Sighting[], kept: number): void {
    const wasKept = isKept;
    isKept = kept > 0 && !sightings.some(({ health }) => health === 'passing');
    if (isKept && !wasKept)
      log.warn({ watched: service, kept }, 'Consul names no healthy instance; keeping the last known');
  }

  function tell(listener: (instances: readonly Instance[]) => void): void {
    try {
      listener(current);
    } catch (error) {
      log.error({ err: error, watched: service }, 'a listener failed at a change of instances');
    }
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await pause(await poll(), stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        index = 0;
        failures++;
        if (failuresInARow++ === 0)
          log.warn({ err: error, watched: service, kept: current.length }, 'Consul is away');
        await pause(backOffMs(failuresInARow), stop.signal);
      }
    }
  }

  void run();

  return {
    service,
    get current() {
      return current;
    },
    get changes() {
      return changes;
    },
    get failures() {
      return failures;
    },
    ageMs: () => performance.now() - answeredAt,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    known(signal) {
      if (current.length > 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          listeners.delete(look);
          signal.removeEventListener('abort', done);
          resolve();
        };
        // A change may also empty the set: all in maintenance.
        const look = () => {
          if (current.length > 0) done();
        };
        listeners.add(look);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    close: () => stop.abort(),
  };
}

/** Up to a quarter more, so that many watches do not ask in step. */
function jittered(ms: number): number {
  return ms * (1 + Math.random() / 4);
}

/** Exponential back-off with full jitter above the minimum. */
function backOffMs(failures: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1));
  return BACKOFF_MIN_MS + Math.random() * (ceiling - BACKOFF_MIN_MS);
}
