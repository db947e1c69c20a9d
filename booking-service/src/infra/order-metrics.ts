import { Gauge, type Registry } from 'prom-client';
import type { Turnstiles } from './turnstiles.js';

export function exportOrderQueue(registry: Registry, turnstiles: Turnstiles): void {
  new Gauge({
    name: 'booking_orders_waiting',
    help: 'Orders that wait in the process because their flight has enough with the database.',
    registers: [registry],
    collect() {
      this.set(turnstiles.waiting());
    },
  });
}
