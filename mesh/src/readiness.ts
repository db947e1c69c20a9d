/** What a process waits for before it can do its work: behind /readyz. */
export interface Readiness {
  /** Says that a part is not there, and why. */
  waitFor(part: string, why: string): void;
  /** Says that a part is there. */
  ready(part: string): void;
  /** The parts that are missing, each with its reason. Empty when the process is ready. */
  missing(): Readonly<Record<string, string>>;
}

/** Makes a readiness with nothing missing. */
export function createReadiness(): Readiness {
  const missing = new Map<string, string>();
  return {
    waitFor: (part, why) => void missing.set(part, why),
    ready: (part) => void missing.delete(part),
    missing: () => Object.fromEntries(missing),
  };
}
