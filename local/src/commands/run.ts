import type { Machine } from '../machine.js';
import { type ControlServer, openControl } from '../stack/control-server.js';
import { takeRunLock } from '../stack/run-lock.js';
import type { Stack } from '../stack/running-stack.js';
import type { ServiceDescription } from '../stack/services.js';
import { type StackOptions, type StackSize, startStack } from '../stack/stack.js';
import { createStackRecorder, removeStackRecord, type StackRecorder } from '../stack/stack-record.js';
import { describeStack } from './describe-stack.js';
import { parseRunOptions } from './run-options.js';
import { catchStopSignals } from './stop-signals.js';

export interface RunSurroundings {
  readonly machine: Machine;
  readonly dataDir: string;
  readonly services: readonly ServiceDescription[];
  readonly print: (line: string) => void;
}

const SERVERS: Readonly<Record<StackSize, string>> = {
  small: 'PostgreSQL, Redis and Consul',
  full: 'Consul, Patroni, PostgreSQL, Redis and Prometheus',
};

/**
 * Starts the stack, shows where everything is and keeps it running until it is told to stop. Answers the exit code.
 * @throws PlainError when the options are wrong or the stack doesn't come up
 */
export async function run({ machine, dataDir, services, print }: RunSurroundings): Promise<number> {
  const { startedAtMs, ...chosen } = parseRunOptions(machine.environment, Date.now());
  const lock = await takeRunLock(dataDir);
  if ('heldBy' in lock) {
    print(`already running (pid ${lock.heldBy}): "make status" shows it, "make stop" stops it`);
    return 1;
  }
  let isReady = false;
  const toElapsed = () => `${((Date.now() - startedAtMs) / 1_000).toFixed(1)} s`;
  // While it starts, what takes long matters; afterwards, when something happened.
  const report = (line: string) =>
    print(`${(isReady ? toTimeOfDay(new Date()) : toElapsed()).padStart(9)}  ${line}`);
  const stopping = catchStopSignals(report);
  let recorder: StackRecorder | undefined;
  let control: ControlServer | undefined;
  try {
    await removeStackRecord(dataDir);
    report(`looking for ${SERVERS[chosen.size]} (the first time they may have to be fetched)`);
    const stack = await startUnlessStopped({
      machine,
      dataDir,
      ports: 'usual',
      services,
      ...chosen,
      report,
      onChange: () => void recorder?.write().catch((error: unknown) => report(String(error))),
      signal: stopping.signal,
    });
    if (stack) {
      recorder = createStackRecorder(stack);
      await recorder.write();
      control = await openControl(stack, report);
      print(`\n${await describeStack(stack)}\n`);
      print(`ready in ${toElapsed()}; Ctrl-C stops everything, the data stays in ${dataDir}`);
      isReady = true;
      await stopping.requested;
      await control.close();
      await stack.close();
    }
    report('everything is stopped');
    return 0;
  } finally {
    await control?.close();
    await recorder?.close();
    await lock.release();
    stopping.close();
  }
}

/** Undefined when the start failed after it had been told to stop. */
async function startUnlessStopped(
  options: StackOptions & { readonly signal: AbortSignal },
): Promise<Stack | undefined> {
  try {
    return await startStack(options);
  } catch (error) {
    // Ctrl-C also reaches a download that is going on, so that the error need not be the signal's.
    if (options.signal.aborted) return undefined;
    throw error;
  }
}

function toTimeOfDay(date: Date): string {
  return date.toTimeString().slice(0, 8);
}
