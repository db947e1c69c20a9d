import { PlainError } from '../plain-error.js';
import { findRolled, type RollOptions, type RollStep, rollInstances } from './roll.js';

/** Rolls one service at a time, and none once it is closed. */
export interface Roller {
  /** @throws PlainError when a roll is going on, the service is unknown or an instance does not come back */
  roll(service: string, onStep?: (step: RollStep) => void, signal?: AbortSignal): Promise<void>;
  /** Gives up a roll that is going on; when it resolves, nothing will be started any more. */
  close(): Promise<void>;
}

export function createRoller(around: Pick<RollOptions, 'plan' | 'processes' | 'consulUrl'>): Roller {
  const closing = new AbortController();
  let going: Promise<void> | undefined;

  const rollAll = async (wish: string, onStep: (step: RollStep) => void, signal: AbortSignal) => {
    const names = [...new Set(around.plan.map(({ service }) => service.name))];
    const rolled = findRolled(names, wish);
    const turn = rolled.flatMap((name) => around.plan.filter(({ service }) => service.name === name));
    await rollInstances(turn, { ...around, onStep, signal, closing: closing.signal });
  };

  return {
    roll: async (wish, onStep = () => undefined, signal) => {
      if (going) throw new PlainError('a roll is going on already');
      const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
      going = rollAll(wish, onStep, either);
      try {
        await going;
      } finally {
        going = undefined;
      }
    },
    close: async () => {
      closing.abort(new PlainError('the stack is stopping'));
      // Whoever asked for the roll hears its error; here only its end matters.
      await going?.catch(() => undefined);
    },
  };
}
