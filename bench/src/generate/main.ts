import { type Generated, generate } from './generate.js';
import { createProgress, toCount } from './progress.js';
import { findRunningSources } from './running-sources.js';
import { generateThroughContracts } from './through-contracts.js';
import { readWish } from './wish.js';

/** Makes what the environment asks for, in the system that runs. */
async function make(): Promise<Generated> {
  const way = process.env.WAY || 'copy';
  if (way !== 'copy' && way !== 'rpc') throw new Error('WAY is copy or rpc');
  const wish = readWish(
    // People's own way is a slow one: without a number, few.
    way === 'rpc' ? { ...process.env, BOOKINGS: process.env.BOOKINGS || '100' } : process.env,
    Date.now(),
  );
  const { edgeUrl, databases } = await findRunningSources();
  const progress = createProgress(process.stdout);
  try {
    if (way === 'rpc') return await generateThroughContracts(wish, edgeUrl, progress.show);
    return await generate(wish, databases, progress.show);
  } finally {
    progress.end();
  }
}

const beganMs = performance.now();
try {
  const made = await make();
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  const counts = Object.entries(made).map(([what, count]) => `${toCount(count)} ${what}`);
  process.stdout.write(`made in ${seconds} s: ${counts.join(', ')}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
