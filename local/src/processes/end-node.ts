import { setTimeout as pause } from 'node:timers/promises';
import { PlainError } from '../plain-error.js';
import { listNodeProcesses, type NodeMarks, signalAll, toPids } from './node-processes.js';

const LOOK_EVERY_MS = 25;
/** How long the kernel may take to end what was killed, on a busy machine. */
const KILL_TIMEOUT_MS = 5_000;

/**
 * Waits until no process of a node is left; kills those that are still there after the grace time, and what they had begun to start.
 * @throws PlainError when something can't be killed
 */
export async function endNode(marks: NodeMarks, graceMs: number): Promise<void> {
  const begunMs = performance.now();
  for (;;) {
    const left = toPids(listNodeProcesses(marks));
    if (left.length === 0) return;
    const waitedMs = performance.now() - begunMs;
    if (waitedMs > graceMs + KILL_TIMEOUT_MS)
      throw new PlainError(`processes ${left.join(', ')} can't be killed`);
    if (waitedMs >= graceMs) signalAll(left, 'SIGKILL');
    await pause(LOOK_EVERY_MS);
  }
}
