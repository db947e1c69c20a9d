import { type Finding, ok, warn } from './finding.js';
import type { LogLine } from './log-lines.js';

/** The end of one process' log. */
export interface ObservedLog {
  readonly id: string;
  readonly file: string;
  readonly lines: readonly LogLine[];
}

/** How far back is looked, in milliseconds. */
const RECENT_MS = 10 * 60_000;

/** `failed` is a defect: an error that nobody expected. @param now milliseconds since the epoch */
export function judgeLogs(logs: readonly ObservedLog[], now: number): Finding[] {
  const troubles = logs.flatMap((log) => judgeLog(log, now) ?? []);
  return troubles.length > 0
    ? troubles
    : [ok('logs', `no "failed" in the last ${RECENT_MS / 60_000} minutes`)];
}

function judgeLog({ id, file, lines }: ObservedLog, now: number): Finding | undefined {
  const failed = lines.filter(({ msg, time }) => msg === 'failed' && now - Date.parse(time) <= RECENT_MS);
  const last = failed.at(-1);
  if (last === undefined) return undefined;
  return warn(id, `${failed.length} × "failed" in the last ${RECENT_MS / 60_000} minutes`, {
    why: `errors that nobody expected, the last at ${last.time}: ${describe(last)}`,
    remedy: `read them: grep '"msg":"failed"' ${file} | tail; each is a defect to file`,
  });
}

function describe({ method, route, event, err }: LogLine): string {
  const message =
    typeof err === 'object' && err !== null && 'message' in err ? String(err.message) : 'no error';
  return [method ?? route ?? event, message].filter((part) => part !== undefined).join(' ');
}
