import type { FaultKind } from '../fault.js';

/** What happens to the calls of a method for a while. */
export interface InjectedFault {
  /** Full name, or empty for every method that has no fault of its own. */
  readonly method: string;
  /** Share of the calls that fail, 0 to 1, and what with. */
  readonly errorRate: number;
  readonly kind: FaultKind;
  readonly latencyMs: number;
  /** Share of the calls that are never answered, 0 to 1; with errorRate at most 1. */
  readonly blackHoleRate: number;
  /** When it is over, in milliseconds since the epoch. */
  readonly until: number;
}

/** What becomes of a call after its latency. */
export type Stroke = 'serve' | 'fail' | 'swallow';

/** The faults of one server: at most one for each method and one for all others. */
export interface InjectedFaults {
  /** Takes the place of the method's fault. */
  inject(fault: InjectedFault): void;
  /** Ends the fault of a method, or all when it is empty; says how many ended. */
  clear(method: string, now: number): number;
  /** Those that are not over, by method. */
  list(now: number): readonly InjectedFault[];
  /** The fault that a call of a method meets now. */
  find(method: string, now: number): InjectedFault | undefined;
}

/** Makes an empty set of faults. */
export function createInjectedFaults(): InjectedFaults {
  const faults = new Map<string, InjectedFault>();

  function findOwn(method: string, now: number): InjectedFault | undefined {
    const fault = faults.get(method);
    return fault !== undefined && now < fault.until ? fault : undefined;
  }

  function list(now: number): readonly InjectedFault[] {
    return [...faults.values()]
      .filter(({ until }) => now < until)
      .sort((one, other) => (one.method < other.method ? -1 : 1));
  }

  return {
    inject(fault) {
      faults.set(fault.method, fault);
    },
    clear(method, now) {
      const ended = list(now).filter((fault) => method === '' || fault.method === method);
      if (method === '') faults.clear();
      else faults.delete(method);
      return ended.length;
    },
    list,
    find: (method, now) => findOwn(method, now) ?? findOwn('', now),
  };
}

/** Decides about one call. @param chance from 0 up to but not including 1 */
export function strike({ errorRate, blackHoleRate }: InjectedFault, chance: number): Stroke {
  if (chance < errorRate) return 'fail';
  return chance < errorRate + blackHoleRate ? 'swallow' : 'serve';
}
