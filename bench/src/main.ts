import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchStack, startBenchStack } from './bench-stack.js';
import { type Effort, readEffort } from './effort.js';
import type { Measurement } from './measurement.js';
import { toTable, writeResults } from './report.js';
import { measureBooking } from './scenarios/booking.js';
import { measureEtl } from './scenarios/etl.js';
import { measurePicker } from './scenarios/picker.js';
import { measureSdkCall } from './scenarios/sdk-call.js';
import { measureSearch } from './scenarios/search.js';
import { measureUnaryCall } from './scenarios/unary-call.js';
import { measureUpdates } from './scenarios/updates.js';

type Scenario = (bench: BenchStack, effort: Effort) => Promise<readonly Measurement[]>;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  search: measureSearch,
  booking: measureBooking,
  'unary-call': measureUnaryCall,
  'sdk-call': measureSdkCall,
  picker: measurePicker,
  updates: measureUpdates,
  etl: measureEtl,
};

/** The scenarios that were asked for, all without a wish. */
function chooseScenarios(wishes: readonly string[]): readonly (readonly [string, Scenario])[] {
  const unknown = wishes.filter((name) => !(name in SCENARIOS));
  if (unknown.length > 0)
    throw new Error(`there is no ${unknown.join(', ')}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  return Object.entries(SCENARIOS).filter(([name]) => wishes.length === 0 || wishes.includes(name));
}

const effort = readEffort(process.env);
const scenarios = chooseScenarios(process.argv.slice(2));
// Loads of the warehouse begin when the scenario says so, and disturb no other one.
const bench = await startBenchStack({ ETL_SCHEDULE: 'off' });
try {
  const results: Record<string, readonly Measurement[]> = {};
  for (const [name, measure] of scenarios) {
    results[name] = await measure(bench, effort);
    process.stdout.write(`${toTable(results[name])}\n\n`);
  }
  const file = await writeResults(fileURLToPath(new URL('../../results', import.meta.url)), results);
  process.stdout.write(`written to ${relative(process.cwd(), file)}\n`);
} finally {
  await bench.stack.close();
}
