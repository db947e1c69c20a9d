import { readFile } from 'node:fs/promises';
import { type CommandOptions, findOnPath, type Machine, runCommand } from '@flight/local';
import { MissingToolchain } from './missing-toolchain.js';

/** The Go of this machine, new enough for what it was looked for. */
export interface GoToolchain {
  /** What Go commands run with. */
  readonly environment: NodeJS.ProcessEnv;
  /**
   * Runs a command of Go's, such as `['vet', './...']`, and answers what it printed.
   * @throws Error with what it said
   */
  run(args: readonly string[], options: CommandOptions): Promise<string>;
}

/** A build from nothing, on a machine with other things to do, in milliseconds. */
const TIMEOUT_MS = 600_000;

/**
 * Finds Go on the PATH.
 *
 * @param modFile the go.mod whose `go` line says how new it must be
 * @throws MissingToolchain when it is absent or too old
 */
export async function findGo(
  { environment }: Pick<Machine, 'environment'>,
  modFile: string,
): Promise<GoToolchain> {
  const needed = /^go (\S+)$/m.exec(await readFile(modFile, 'utf8'))?.[1];
  if (needed === undefined) throw new Error(`${modFile} does not say which Go it needs`);
  const go = await findOnPath('go', environment.PATH);
  if (go === undefined) throw new MissingToolchain(`Go ${needed} or later is needed: https://go.dev/dl`);
  // No other Go is to be downloaded behind our back.
  const own = { ...environment, GOTOOLCHAIN: 'local' };
  const version = (await runCommand(go, ['env', 'GOVERSION'], { environment: own })).trim();
  if (!isAtLeast(version, needed)) {
    throw new MissingToolchain(`Go ${needed} or later is needed, this is ${version}: https://go.dev/dl`);
  }
  return {
    environment: own,
    async run(args, options) {
      try {
        return await runCommand(go, args, { environment: own, timeoutMs: TIMEOUT_MS, ...options });
      } catch (error) {
        throw withOutput(error);
      }
    },
  };
}

/** Whether `go1.26.8` is `1.26.0` or later. */
function isAtLeast(version: string, needed: string): boolean {
  const have = toNumbers(version);
  const want = toNumbers(needed);
  const differs = want.findIndex((number, i) => number !== (have[i] ?? 0));
  return differs === -1 || (have[differs] ?? 0) > (want[differs] ?? 0);
}

function toNumbers(version: string): readonly number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
}

/** `go test` says on its standard output what went wrong, which is not among a failed command's last words. */
function withOutput(error: unknown): unknown {
  if (!(error instanceof Error && error.cause instanceof Error && 'stdout' in error.cause)) return error;
  return new Error(`${error.message}\n${error.cause.stdout}`, { cause: error });
}
