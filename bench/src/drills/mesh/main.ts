import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRecords } from '../../report.js';
import { readContext } from './context.js';
import type { Drill, DrillContext } from './drill.js';
import { findMisses, toRecords, toVerdictTable, type Verdict } from './results.js';
import { chooseDrills, DRILLS } from './rows.js';

const print = (line: string) => process.stdout.write(`${line}\n`);

async function carryOut(drill: Drill, context: DrillContext): Promise<Verdict> {
  const began = performance.now();
  print(`\n${drill.name}: ${drill.demand}`);
  try {
    const outcome = await drill.run({ ...context, report: (line) => print(line.replace(/^/gm, '  ')) });
    print(`  ${((performance.now() - began) / 1000).toFixed(0)} s`);
    return { drill, kind: 'carried-out', outcome };
  } catch (error) {
    // The other drills still have something to say.
    print(`  ${error instanceof Error ? error.stack : String(error)}`);
    return { drill, kind: 'broke', why: String(error) };
  }
}

const context = readContext(process.env, print);
const verdicts: Verdict[] = [];
for (const drill of chooseDrills(DRILLS, process.argv.slice(2)))
  verdicts.push(await carryOut(drill, context));

print(`\n${toVerdictTable(verdicts)}\n`);
const missed = verdicts.flatMap((verdict) =>
  findMisses(verdict).map((bound) => `${verdict.drill.name}: ${bound}`),
);
for (const bound of missed) print(`MISSED: ${bound}`);
print(missed.length === 0 ? 'every bound was kept' : `${missed.length} bounds were missed`);
const folder = fileURLToPath(new URL('../../../../results', import.meta.url));
const file = await writeRecords(folder, 'mesh-', { drills: toRecords(verdicts) });
print(`written to ${relative(process.cwd(), file)}`);
process.exitCode = missed.length === 0 ? 0 : 1;
