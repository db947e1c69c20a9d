import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@flight/local';

const LOOK_EVERY_MS = 500;

/**
 * Waits for what the engine has to be asked for. Each look is some processes, which take the CPU from what is looked at: not more often
 * than twice a second.
 *
 * @throws Error naming what was waited for in vain
 */
export function lookFor(what: string, condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const look = async () => {
    await pause(LOOK_EVERY_MS);
    return condition();
  };
  return until(what, look, timeoutMs);
}
