import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printAccount } from './print-account.js';
import { type MochaOptions, type MochaResult, runMocha } from './run-mocha.js';
import { findTestFiles, PACKAGES, type Suite } from './test-files.js';

// Runs a suite: `node test/dist/src/run/main.js test|release|unit`. PACKAGE and GREP choose among its tests; TIMES=1 prints what the
// time was spent on.
const [suite = 'test'] = process.argv.slice(2) as Suite[];
const { PACKAGE, GREP, TIMES } = process.env;
/** Most files wait most of the time. */
const FILES_AT_ONCE = 5;

const files = await findTestFiles(process.cwd(), PACKAGE ? PACKAGE.split(' ') : PACKAGES, suite);
const timesFolder = TIMES ? await mkdtemp(join(tmpdir(), 'flight-times-')) : undefined;
const options: Omit<MochaOptions, 'filesAtOnce'> = {
  grep: GREP || undefined,
  ...(timesFolder !== undefined && {
    args: ['--require', './test/dist/src/run/recorder.js'],
    environment: { TEST_TIMES: timesFolder },
  }),
};
const results: MochaResult[] = [];

async function run(
  chosen: readonly string[],
  how: Pick<MochaOptions, 'filesAtOnce' | 'printsAtEnd'>,
): Promise<void> {
  if (chosen.length > 0) results.push(await runMocha(chosen, { ...options, ...how }));
}

await run(files.together, { filesAtOnce: suite === 'release' ? 2 : FILES_AT_ONCE });
await Promise.all([
  run(files.systems, { filesAtOnce: 1 }),
  run(files.patient, { filesAtOnce: 1, printsAtEnd: true }),
]);
await run(files.alone, { filesAtOnce: 1 });

if (timesFolder !== undefined) {
  await printAccount(timesFolder);
  await rm(timesFolder, { recursive: true });
}
const failures = results.flatMap(({ failures: text }) => (text === '' ? [] : text));
if (failures.length > 0) console.log(['What failed, once more:', ...failures].join('\n'));
const found = results.reduce((sum, { tests }) => sum + tests, 0);
if (found === 0 && failures.length === 0) console.log('No test was found: see PACKAGE and GREP.');
process.exitCode = found > 0 && results.every(({ passed }) => passed) ? 0 : 1;
