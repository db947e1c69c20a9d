/** What became of a command: its result, or that Redis was not asked or did not answer. */
export type Answer<T> = { readonly reached: true; readonly value: T } | { readonly reached: false };

/** Asks Redis, which may be away. */
export interface RedisAnswers {
  /** Never rejects: a failure is told, and answered as not reached. */
  ask<T>(command: () => Promise<T>): Promise<Answer<T>>;
}

const NOT_REACHED = { reached: false } as const;

/**
 * Nothing is waited for twice: after a failure the mesh's client lets what follows fail at once for a moment.
 *
 * @param onFailure told of every command that failed
 */
export function createRedisAnswers(onFailure: (error: unknown) => void): RedisAnswers {
  return {
    async ask(command) {
      try {
        return { reached: true, value: await command() };
      } catch (error) {
        onFailure(error);
        return NOT_REACHED;
      }
    },
  };
}
