import { setMaxListeners } from 'node:events';
import { type Logger, pause } from '@flight/mesh';
import type { RouteListings } from '../domain/flights.js';
import type { StatusEvent } from '../domain/status-event.js';
import type { StatusNews } from '../domain/status-news.js';
import type { RelayMetrics } from './relay-metrics.js';
import type { Delivery, StatusOutbox } from './status-outbox.js';

/** Empties the outbox until it is closed. */
export interface StatusRelay extends StatusNews {
  /** Breaks off what is being told, which stays in the outbox, and resolves when nothing runs any more. */
  close(): Promise<void>;
}

export interface StatusRelayParts {
  readonly outbox: StatusOutbox;
  /** Never rejects. */
  readonly publish: (event: StatusEvent, signal: AbortSignal) => Promise<Delivery>;
  readonly listings: Pick<RouteListings, 'invalidate'>;
  readonly metrics: RelayMetrics;
  readonly log: Logger;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** How often it is looked for events of instances that died before they told them, in milliseconds. */
const LOOK_EVERY_MS = 1000;
/** The other instance may have had its last look just before this one's change was stored, in milliseconds. */
const ELSEWHERE_MS = 100;
/** The first pause when nothing gets through, and the longest, in milliseconds. */
const BACKOFF_MS = 250;
const BACKOFF_MAX_MS = 5000;

/** How a look at the outbox ended; `elsewhere`: another instance is telling what there is. */
type Progress = 'through' | 'stuck' | 'elsewhere';

/**
 * Tells user-service each stored change at least once, a flight's changes in their order: the next one goes out when
 * user-service has the one before. What was told twice counts once there, by its request id.
 *
 * Every instance runs a relay; the outbox lets one at a time. A change also takes its route's listing out of the cache
 * before it is told: whoever hears of it and searches then sees it, also when the instance that stored it died.
 */
export function createStatusRelay(parts: StatusRelayParts): StatusRelay {
  const { outbox, publish, listings, metrics, log, random } = parts;
  const closed = new AbortController();
  // Each call in flight listens to it: more than ten are no leak here.
  setMaxListeners(0, closed.signal);
  /** Flights whose news did not get through and wait for the next turn. */
  const stuck = new Set<string>();
  let failures = 0;
  let woken = new AbortController();

  async function deliver(event: StatusEvent): Promise<Delivery> {
    await listings.invalidate([event.route]);
    const delivery = await publish(event, closed.signal);
    metrics.deliveries.inc({ outcome: delivery.kind });
    return delivery;
  }

  /**
   * Tells what there is. A flight that is stuck is passed over until the others had their turn; when nothing gets
   * through it ends, rather than try all of them in vain.
   */
  async function drain(): Promise<Progress> {
    let moved = 0;
    for (;;) {
      const outcomes = await outbox.deliverOldest(deliver, [...stuck]);
      if (outcomes === undefined) return 'elsewhere';
      if (outcomes.length === 0 && stuck.size === 0) return 'through';
      if (outcomes.length === 0) {
        stuck.clear();
        continue;
      }
      const failed = outcomes.filter(([, { kind }]) => kind === 'failed');
      for (const [{ flightCode }] of failed) stuck.add(flightCode);
      if (failed.length === outcomes.length) return moved > 0 ? 'through' : 'stuck';
      moved += outcomes.length - failed.length;
    }
  }

  async function look(): Promise<Progress> {
    const { waiting, parked } = await outbox.count();
    metrics.events.set({ state: 'waiting' }, waiting);
    metrics.events.set({ state: 'parked' }, parked);
    return waiting === 0 ? 'through' : drain();
  }

  function note(progress: Progress): void {
    if (progress === 'stuck') {
      failures += 1;
      if (failures === 1) log.warn('news of flights do not get through; trying on');
    } else if (progress === 'through') {
      if (failures > 0) log.info('news of flights get through again');
      failures = 0;
    }
  }

  /** While nothing gets through, further changes don't shorten the pause: they would only fail too. */
  async function rest(progress: Progress): Promise<void> {
    if (progress === 'through') return pause(LOOK_EVERY_MS, woken.signal);
    if (progress === 'elsewhere') return pause(ELSEWHERE_MS, closed.signal);
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1));
    return pause(ceiling * (0.5 + random() / 2), closed.signal);
  }

  async function run(): Promise<void> {
    while (!closed.signal.aborted) {
      // Before looking: a change that is stored while this looks wakes it once more.
      woken = new AbortController();
      const progress = await look().catch((error: unknown): Progress => {
        if (failures === 0) log.warn({ err: error }, 'the outbox could not be read');
        return 'stuck';
      });
      if (closed.signal.aborted) return;
      note(progress);
      await rest(progress);
    }
  }

  const running = run();
  return {
    wake: () => woken.abort(),
    async close() {
      closed.abort(new Error('the relay is stopping'));
      woken.abort();
      await running;
    },
  };
}
