import { Counter, Gauge, type Registry } from 'prom-client';

export interface RelayMetrics {
  /** As this instance last saw it; the outbox is shared by all. */
  readonly events: Gauge<'state'>;
  readonly deliveries: Counter<'outcome'>;
}

export function createRelayMetrics(registry: Registry): RelayMetrics {
  return {
    events: new Gauge({
      name: 'booking_status_events',
      help: 'Changes of status in the outbox: waiting to be told, or parked because they were refused for good.',
      labelNames: ['state'],
      registers: [registry],
    }),
    deliveries: new Counter({
      name: 'booking_status_deliveries_total',
      help: 'Attempts of this instance to tell user-service of a change: delivered, failed, refused.',
      labelNames: ['outcome'],
      registers: [registry],
    }),
  };
}
