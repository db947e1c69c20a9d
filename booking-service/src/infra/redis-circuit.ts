/** What became of a command: its result, or that Redis was not asked or did not answer. */
export type Answer<T> = { readonly reached: true; readonly value: T } | { readonly reached: false };

/** Keeps a Redis that is away from costing every request its time-out. */
export interface RedisCircuit {
  /** Never rejects: a failure is counted, and answered as not reached. */
  run<T>(command: () => Promise<T>): Promise<Answer<T>>;
}

type State =
  | { readonly kind: 'closed' }
  /** Commands are skipped until a time, in milliseconds since the epoch. */
  | { readonly kind: 'open'; readonly until: number }
  /** One command is on its way to find out; the others are skipped. */
  | { readonly kind: 'probing' };

const NOT_REACHED = { reached: false } as const;

/**
 * @param pauseMs how long commands are skipped after one failed
 * @param onFailure told of every command that failed
 */
export function createRedisCircuit(options: {
  readonly pauseMs: number;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}): RedisCircuit {
  let state: State = { kind: 'closed' };
  return {
    async run(command) {
      const next = admit(state, options.now());
      if (next === undefined) return NOT_REACHED;
      state = next;
      try {
        const value = await command();
        state = { kind: 'closed' };
        return { reached: true, value };
      } catch (error) {
        state = { kind: 'open', until: options.now() + options.pauseMs };
        options.onFailure(error);
        return NOT_REACHED;
      }
    },
  };
}

/** The state in which a command may go, undefined when it may not. */
function admit(state: State, now: number): State | undefined {
  switch (state.kind) {
    case 'closed':
      return state;
    case 'open':
      return now < state.until ? undefined : { kind: 'probing' };
    case 'probing':
      return undefined;
  }
}
