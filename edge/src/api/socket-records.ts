import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { CLOSE_CODES, type CloseCause } from '../domain/socket-state.js';

/** How an event ended; `abandoned` when its socket was gone before. */
export type EventOutcome = 'answered' | 'refused' | 'failed' | 'abandoned';

/** Metrics of the sockets. */
export interface SocketRecords {
  /** An event was begun. Answers what to call, once, when it is over. */
  began(event: string): (outcome: EventOutcome) => void;
  givenUp(cause: CloseCause): void;
  refused(status: number): void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** @param countSockets how many there are now */
export function createSocketRecords(registry: Registry, countSockets: () => number): SocketRecords {
  const registers = [registry];
  new Gauge({
    name: 'edge_sockets',
    help: 'Open WebSocket connections.',
    registers,
    collect() {
      this.set(countSockets());
    },
  });
  const durations = new Histogram({
    name: 'edge_socket_event_seconds',
    help: 'Time from taking up an event to its answer.',
    labelNames: ['event', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const givenUp = new Counter({
    name: 'edge_sockets_given_up_total',
    help: 'Sockets that the edge closed, by cause: expired, slow, silent, flooding, restart.',
    labelNames: ['cause'],
    registers,
  });
  // On show from the start: a rate needs a first value.
  for (const cause of Object.keys(CLOSE_CODES)) givenUp.inc({ cause }, 0);
  const refused = new Counter({
    name: 'edge_upgrades_refused_total',
    help: 'Upgrades that were refused, by status.',
    labelNames: ['status'],
    registers,
  });
  return {
    began(event) {
      const began = performance.now();
      return (outcome) => durations.observe({ event, outcome }, (performance.now() - began) / 1000);
    },
    givenUp: (cause) => givenUp.inc({ cause }),
    refused: (status) => refused.inc({ status: String(status) }),
  };
}
