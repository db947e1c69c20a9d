import { PlainError } from '../plain-error.js';

/** A server program that can be run on this machine. */
export interface Program {
  readonly command: string;
  /** What the program needs on top of the inherited environment, such as the folder of fetched libraries. */
  readonly environment: Readonly<Record<string, string>>;
  readonly version: string;
  /** Where it came from, for people: `PATH`, `Debian bullseye`. */
  readonly origin: string;
}

/** One way to come by a program. */
export interface ProgramSource {
  readonly origin: string;
  /** Looks without touching the network; undefined when it is not there. */
  find(): Promise<Program | undefined>;
  /** Brings it here so that `find` sees it afterwards. Absent for what can only be found. */
  fetch?(): Promise<void>;
}

/** Nothing on this machine and no source had the program. The message is one plain line: what is missing, how to get it. */
export class MissingProgram extends PlainError {
  override readonly name = 'MissingProgram';
}

/**
 * The program from the first source that has it: everything already on this machine comes before anything fetched, so that
 * an unreachable download costs its time-out once and not at every start.
 * @throws MissingProgram
 */
export async function findProgram(
  name: string,
  sources: readonly ProgramSource[],
  advice: string,
): Promise<Program> {
  for (const source of sources) {
    const found = await source.find();
    if (found) return found;
  }
  const refusals: string[] = [];
  for (const source of sources) {
    if (!source.fetch) continue;
    try {
      await source.fetch();
      const found = await source.find();
      if (found) return found;
      refusals.push(`${source.origin}: fetched, but the program is not in it`);
    } catch (error) {
      refusals.push(`${source.origin}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new MissingProgram([`${name} is missing. ${advice}`, ...refusals].join(' | '));
}
