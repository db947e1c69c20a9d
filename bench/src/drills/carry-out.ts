import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRecords } from '../report.js';
import type { Drill, DrillContext } from './drill.js';
import { findMisses, toRecords, toVerdictTable, type Verdict } from './results.js';

/** Drills of one family, to be carried out one after the other. */
export interface DrillRun<Context extends DrillContext> {
  /** Begins the name of the file of results: `mesh`. */
  readonly family: string;
  readonly drills: readonly Drill<Context>[];
  readonly context: Context;
  /** Figures that have a column of their own in the table. */
  readonly columns?: readonly string[];
}

/**
 * Carries out drills, prints their table and writes their results.
 *
 * @returns the exit code: 1 when a bound was missed
 */
export async function carryOutAll<Context extends DrillContext>(run: DrillRun<Context>): Promise<number> {
  const { family, drills, context, columns } = run;
  const { report } = context;
  const verdicts: Verdict[] = [];
  for (const drill of drills) verdicts.push(await carryOut(drill, context));

  report(`\n${toVerdictTable(verdicts, columns)}\n`);
  const missed = verdicts.flatMap((verdict) =>
    findMisses(verdict).map((bound) => `${verdict.drill.name}: ${bound}`),
  );
  for (const bound of missed) report(`MISSED: ${bound}`);
  report(missed.length === 0 ? 'every bound was kept' : `${missed.length} bounds were missed`);
  const folder = fileURLToPath(new URL('../../../results', import.meta.url));
  const file = await writeRecords(folder, `${family}-`, { drills: toRecords(verdicts) });
  report(`written to ${relative(process.cwd(), file)}`);
  return missed.length === 0 ? 0 : 1;
}

async function carryOut<Context extends DrillContext>(
  drill: Drill<Context>,
  context: Context,
): Promise<Verdict> {
  const { report } = context;
  const began = performance.now();
  report(`\n${drill.name}: ${drill.demand}`);
  try {
    const outcome = await drill.run({ ...context, report: (line) => report(line.replace(/^/gm, '  ')) });
    report(`  ${((performance.now() - began) / 1000).toFixed(0)} s`);
    return { drill, kind: 'carried-out', outcome };
  } catch (error) {
    // The other drills still have something to say.
    report(`  ${error instanceof Error ? error.stack : String(error)}`);
    return { drill, kind: 'broke', why: String(error) };
  }
}
