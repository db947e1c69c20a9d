import { ConfigError } from './config/read-env.js';

/** A started process. */
export interface Running {
  close(): Promise<void>;
}

/** A process that has not stopped in order by then is ended, in milliseconds. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Runs a process until it is told to stop: SIGTERM and SIGINT close it in order, a second signal ends it at once. A
 * configuration that is not usable is told in plain words, exit code 78 (EX_CONFIG of sysexits.h); any other error on
 * start, or one that nothing caught, is told whole, exit code 1.
 */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  let stopping = false;

  async function stop(): Promise<void> {
    if (stopping || running === undefined) process.exit(0);
    stopping = true;
    setTimeout(() => fail(new Error('did not stop in time')), STOP_TIMEOUT_MS).unref();
    await running.close();
    process.exit(0);
  }

  function fail(error: unknown): never {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(78);
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  }

  process.on('SIGTERM', () => void stop().catch(fail));
  process.on('SIGINT', () => void stop().catch(fail));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    running = await start();
  } catch (error) {
    fail(error);
  }
}
