import { Gauge, type Registry } from 'prom-client';
import type { HashQueue } from './hash-queue.js';

/** Shows the line before password hashing in the process's metrics: it grows before sign-ins are refused. */
export function exportPasswordQueue(registry: Registry, queue: HashQueue): void {
  new Gauge({
    name: 'user_service_passwords_waiting',
    help: 'Passwords that wait to be hashed.',
    registers: [registry],
    collect() {
      this.set(queue.waiting());
    },
  });
}
