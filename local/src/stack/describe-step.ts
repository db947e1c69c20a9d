import type { RollStep } from './roll.js';

/** `booking_service_1  rolled in 2.1 s: stopped 0.6 s, ready 1.4 s, known 0.1 s, pid 4711` */
export function describeStep({ id, pid, stoppedMs, readyMs, knownMs }: RollStep): string {
  const total = toSeconds(stoppedMs + readyMs + knownMs);
  const parts = `stopped ${toSeconds(stoppedMs)}, ready ${toSeconds(readyMs)}, known ${toSeconds(knownMs)}`;
  return `${id} rolled in ${total}: ${parts}; pid ${pid ?? '-'}`;
}

function toSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
