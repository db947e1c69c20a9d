import { open } from 'node:fs/promises';
import { isErrorWithCode } from '../programs/make-folder.js';

/** One line of a process' log, as pino writes it; what else it holds depends on the line. */
export interface LogLine {
  readonly msg: string;
  /** ISO 8601. */
  readonly time: string;
  readonly [field: string]: unknown;
}

/** The last that a caller said of its breaker for an instance. */
export interface BreakerLine {
  readonly caller: string;
  readonly to: string;
  readonly breaker: string;
  readonly time: string;
  /** When the next probe may go, ISO 8601. */
  readonly until: string | undefined;
}

/** How much of a log's end is read; at a thousand lines a second that is some seconds, at rest it is days. */
const TAIL_BYTES = 4 * 1024 ** 2;

/** The last lines of a log; what is no JSON line of pino's is left out. Empty when there is no log. */
export async function readLogTail(file: string, bytes = TAIL_BYTES): Promise<LogLine[]> {
  return parseLogLines(await readTail(file, bytes));
}

export function parseLogLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed: unknown = JSON.parse(line);
      return isLogLine(parsed) ? [parsed] : [];
    } catch {
      // A stack trace, the first line cut in two, or what Node says itself.
      return [];
    }
  });
}

export function toBreakerLines(caller: string, lines: readonly LogLine[]): BreakerLine[] {
  return lines
    .filter(({ msg }) => msg === 'circuit breaker moved')
    .map(({ to, breaker, time, until }) => ({
      caller,
      to: String(to),
      breaker: String(breaker),
      time,
      until: typeof until === 'string' ? until : undefined,
    }));
}

function isLogLine(value: unknown): value is LogLine {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as LogLine).msg === 'string' &&
    typeof (value as LogLine).time === 'string'
  );
}

async function readTail(file: string, bytes: number): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read({
        buffer: Buffer.alloc(Math.min(size, bytes)),
        position: Math.max(0, size - bytes),
      });
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return '';
    throw error;
  }
}
