import { drillFlightUpdates } from './flight-updates.js';

const print = (line: string) => process.stdout.write(`${line}\n`);
const count = Number(process.env.DRILL_BROADCASTS || 10_000);
if (!Number.isInteger(count) || count < 100)
  throw new Error('DRILL_BROADCASTS takes a whole number from 100 up');

const missed = await drillFlightUpdates(count, print);
for (const bound of missed) print(`MISSED: ${bound}`);
print(missed.length === 0 ? 'every bound was kept' : `${missed.length} bounds were missed`);
process.exitCode = missed.length === 0 ? 0 : 1;
