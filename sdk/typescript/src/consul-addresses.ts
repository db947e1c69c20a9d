import type { Addresses } from './addresses.js';
import { askConsul, type ConsulAgent } from './ask-consul.js';
import { backOffMs, jittered, pause } from './pause.js';
import { untilOver } from './until-over.js';

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
  /** Whether the agent has answered, or could not be asked: from then on nobody waits. */
  let settled = false;
  let index = 0;

  async function poll(): Promise<void> {
    const limits = { deadline: Date.now() + QUERY_TIMEOUT_MS, signal: stop.signal };
    const answer = await untilOver(limits, (over) => askConsul(agent, service, index, WAIT_SECONDS, over));
    // An index that goes backwards starts from the beginning, as Consul's documentation asks.
    index = answer.index < index ? 0 : answer.index;
    complaint = `Consul at ${agent.url} knows no instance that passes its checks`;
    if (answer.addresses.length > 0) current = answer.addresses;
  }

  function tell(): void {
    settled = true;
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
        complaint = `Consul at ${agent.url} ${error instanceof Error ? error.message : error}`;
        tell();
        await pause(backOffMs(failures, BACKOFF_FIRST_MS, BACKOFF_MAX_MS), stop.signal);
      }
    }
  }

  void run();
  return {
    isFinal: false,
    get current() {
      return current;
    },
    get complaint() {
      return complaint;
    },
    known(signal) {
      if (settled || signal.aborted) return Promise.resolve();
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
