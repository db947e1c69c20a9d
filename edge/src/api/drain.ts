import type { Socket } from './socket.js';

/** Between two steps, in milliseconds. */
const STEP_MS = 20;

/**
 * Closes sockets a few at a time, so that their clients don't all come back to the other edges at once; few sockets
 * don't take the whole time. Resolves when all are gone.
 *
 * @param sockets as they are; those that are gone leave it
 */
export async function closeSpread(sockets: ReadonlySet<Socket>, spreadMs: number): Promise<void> {
  const closing = [...sockets];
  const steps = Math.max(1, Math.min(closing.length, Math.floor(spreadMs / STEP_MS)));
  const perStep = Math.ceil(closing.length / steps);
  for (let start = 0; start < closing.length; start += perStep) {
    for (const socket of closing.slice(start, start + perStep)) socket.close('restart');
    await pause();
  }
  // Each is cut off a few seconds after it was closed, so this ends.
  while (sockets.size > 0) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, STEP_MS);
  });
}
