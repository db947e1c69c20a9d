import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from './engine.js';

/** How long something that was killed stays away at least. */
const AWAY_MS = 8_000;

/**
 * Kills a container as the loss of its machine would, and starts it again after a while.
 *
 * @param meanwhile what has to happen before it comes back; begins when it is dead
 */
export async function killFor(
  engine: Engine,
  container: string,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await engine.docker('kill', container);
  await Promise.all([pause(AWAY_MS), meanwhile()]);
  await engine.revive(container);
}
