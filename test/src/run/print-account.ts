import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTable } from '@flight/local';
import { drawUp, type FileTimes, SHARES } from './account.js';
import type { Note } from './note.js';

const SLOWEST_TESTS = 25;

async function readNotes(file: string): Promise<readonly Note[]> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line): Note => JSON.parse(line));
}

function inSeconds(ms: number): string {
  return ms < 50 ? '-' : (ms / 1_000).toFixed(1);
}

function toRow(name: string, times: Omit<FileTimes, 'file'>): string[] {
  const shares = SHARES.map((share) => times.shares[share]);
  const rest = times.wallMs - shares.reduce((sum, ms) => sum + ms, 0);
  const figures = [times.wallMs, times.cpuMs, ...shares, rest, times.loadMs];
  return [name, String(times.tests), ...figures.map(inSeconds)];
}

function total(files: readonly FileTimes[]): Omit<FileTimes, 'file'> {
  const sum = (of: (times: FileTimes) => number) => files.reduce((all, times) => all + of(times), 0);
  const shares = SHARES.map((share) => [share, sum((times) => times.shares[share])]);
  return {
    wallMs: sum(({ wallMs }) => wallMs),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    tests: sum(({ tests }) => tests),
    loadMs: sum(({ loadMs }) => loadMs),
    shares: Object.fromEntries(shares),
  };
}

/** Prints what the recorders of a run have written into a folder: a table of files, and the slowest tests. */
export async function printAccount(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const accounts = (await Promise.all(names.map((name) => readNotes(join(folder, name))))).map(drawUp);
  const files = accounts.flatMap((account) => account.files).sort((a, b) => b.wallMs - a.wallMs);
  const tests = accounts.flatMap((account) => account.tests).sort((a, b) => b.ms - a.ms);

  console.log('Seconds by file, longest first; cpu with the processes that it started; load: imports.');
  console.log(
    formatTable([
      ['file', 'tests', 'wall', 'cpu', ...SHARES, 'rest', 'load'],
      ...files.map((times) => toRow(times.file, times)),
      toRow('all', total(files)),
    ]),
  );
  console.log(`\nThe ${SLOWEST_TESTS} slowest tests, in seconds:`);
  console.log(
    formatTable(tests.slice(0, SLOWEST_TESTS).map(({ file, title, ms }) => [inSeconds(ms), file, title])),
  );
}
