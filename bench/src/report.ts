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
];

/** The measurements of one scenario as a table, each compared with the last one. */
export function toTable(measurements: readonly Measurement[]): string {
  const rows = [HEADING, ...measurements.map(toRow)];
  const aboutSockets = measurements.some(({ kibPerSocket }) => kibPerSocket !== undefined);
  return formatTable(aboutSockets ? rows : rows.map((row) => row.slice(0, -1)));
}

function toRow(measured: Measurement): string[] {
  const { name, perSecond, perSecondMin, perSecondMax, p50Ms, p99Ms, unexpected, cpuMicros, kibPerSocket } =
    measured;
  const cpu = Object.entries(cpuMicros).map(([process, micros]) => `${process} ${micros.toFixed(0)}`);
  return [
    name,
    perSecond.toFixed(0),
    `(${perSecondMin.toFixed(0)} – ${perSecondMax.toFixed(0)})`,
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    String(unexpected),
    cpu.join(', '),
    kibPerSocket?.toFixed(1) ?? '',
  ];
}

/** Writes all measurements and what they were taken on as JSON; returns the file's path. */
export async function writeResults(
  folder: string,
  scenarios: Readonly<Record<string, readonly Measurement[]>>,
) {
  const at = new Date().toISOString();
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
  await mkdir(folder, { recursive: true });
  const file = `${folder}/${at.replaceAll(':', '-')}.json`;
  await writeFile(file, `${JSON.stringify({ at, machine, scenarios }, null, 2)}\n`);
  return file;
}
