/** What one check found. `warn` works, but somebody should look; `fail` does not work. */
export type Finding =
  | { readonly level: 'ok'; readonly part: string; readonly what: string }
  | {
      readonly level: 'warn' | 'fail';
      readonly part: string;
      readonly what: string;
      readonly why: string;
      /** What to do, as a command where there is one. */
      readonly remedy: string;
    };

/** Why something is not right, and what to do. */
export interface Trouble {
  readonly why: string;
  readonly remedy: string;
}

export function ok(part: string, what: string): Finding {
  return { level: 'ok', part, what };
}

export function warn(part: string, what: string, trouble: Trouble): Finding {
  return { level: 'warn', part, what, ...trouble };
}

export function fail(part: string, what: string, trouble: Trouble): Finding {
  return { level: 'fail', part, what, ...trouble };
}

const WORDS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;
/** Green, yellow and red of every terminal (ECMA-48, SGR 32, 33, 31). */
const COLOURS = { ok: 32, warn: 33, fail: 31 } as const;

/** `FAIL  redis: does not answer PING — connection refused — make …`, on one line. */
export function formatFinding(finding: Finding, colour: boolean): string {
  const word = WORDS[finding.level];
  const mark = colour ? `\u001b[${COLOURS[finding.level]}m${word}\u001b[0m` : word;
  const rest = finding.level === 'ok' ? '' : ` — ${finding.why} — ${finding.remedy}`;
  return `${mark}  ${finding.part}: ${finding.what}${rest}`;
}
