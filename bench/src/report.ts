import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { formatTable } from '@flight/local';
import type { Measurement } from './measurement.js';

const HEADING = [
  '',
  'per second',
  '(min – max)',
  'p50 ms',
  'p99 ms',
  'unexpected',
  'CPU µs per request',
  'KiB per socket',
  'ns per pick',
  'ratio',
  'seconds of each step',
];

/** The measurements of one scenario as a table, without the columns that say nothing of it. */
export function toTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map(toRow);
  const says = HEADING.map((_, column) => rows.some((row) => row[column] !== ''));
  return formatTable([HEADING, ...rows].map((row) => row.filter((_, column) => says[column])));
}

function toRow(measured: Measurement): string[] {
  const { name, perSecond, perSecondMin, perSecondMax, p50Ms, p99Ms, unexpected, cpuMicros } = measured;
  const cpu = Object.entries(cpuMicros).map(
    ([process, micros]) => `${process} ${micros.toFixed(micros < 10 ? 2 : 0)}`,
  );
  const steps = Object.entries(measured.stepSeconds ?? {}).map(
    ([step, seconds]) => `${step} ${seconds.toFixed(1)}`,
  );
  return [
    name,
    perSecond.toFixed(0),
    `(${perSecondMin.toFixed(0)} – ${perSecondMax.toFixed(0)})`,
    Number.isNaN(p50Ms) ? '' : p50Ms.toFixed(1),
    Number.isNaN(p99Ms) ? '' : p99Ms.toFixed(1),
    String(unexpected),
    cpu.join(', '),
    measured.kibPerSocket?.toFixed(1) ?? '',
    measured.nsPerPick?.toFixed(0) ?? '',
    measured.ratio?.toFixed(2) ?? '',
    steps.join(', '),
  ];
}

/** Writes all measurements and what they were taken on as JSON; returns the file's path. */
export function writeResults(
  folder: string,
  scenarios: Readonly<Record<string, readonly Measurement[]>>,
): Promise<string> {
  return writeRecords(folder, '', { scenarios });
}

/** Writes anything that was measured, when, and on what, as JSON; returns the path, `<folder>/<prefix><time>.json`. */
export async function writeRecords(
  folder: string,
  prefix: string,
  records: Readonly<Record<string, unknown>>,
): Promise<string> {
  const at = new Date().toISOString();
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
  await mkdir(folder, { recursive: true });
  const file = `${folder}/${prefix}${at.replaceAll(':', '-')}.json`;
  await writeFile(file, `${JSON.stringify({ at, machine, ...records }, null, 2)}\n`);
  return file;
}
