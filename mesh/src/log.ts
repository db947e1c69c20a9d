import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Who writes a log, and how much of it. */
export interface LogConfig {
  readonly service: string;
  readonly instance: string;
  /** A pino level: fatal, error, warn, info, debug, trace, or silent. */
  readonly level: string;
}

/** How long a written line may wait for others before it goes out, in milliseconds. Fatal lines don't wait. */
const FLUSH_MS = 200;

/** A stream of pino's flushes at intervals for as long as the process lives, so that there is none where nothing is written. */
function openStandardOutput(level: string): DestinationStream {
  if (level === 'silent') return { write: () => undefined };
  return pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: FLUSH_MS });
}

/**
 * Makes a process's logger: one JSON object a line, on standard output unless told otherwise. Lines are written in
 * batches; `flush` before exiting.
 */
export function createLogger(config: LogConfig, destination?: DestinationStream): Logger {
  const stream = destination ?? openStandardOutput(config.level);
  return pino(
    {
      level: config.level,
      base: { service: config.service, instance: config.instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A second fence: nothing should log these in the first place.
      redact: { paths: ['token', 'password', '*.token', '*.password', '*.authorization'], remove: true },
    },
    stream,
  );
}
