import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { thisMachine } from '../src/machine.js';

const { checkout } = thisMachine();
const ROOMS = ['mesh', 'edge', 'user-service', 'booking-service', 'etl-service'];

/** `name: 'mesh_instances', help:` of a metric, or `count('edge_…', 'what it counts')`. */
const METRIC = /(?:name: |count\(\s*)'([a-z]+_[a-z_]+)',\s*(?:help:|')/g;
const LOG_LINE = /\blog\.(?:info|warn|error)\((?:\s*\{[^}]*\},|\s*\w+,)?\s*'([^']+)'/g;

/** Everything in the rooms' sources that the pattern's first group catches. */
async function findInSources(pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const room of ROOMS) {
    const folder = join(checkout, room, 'src');
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      const text = await readFile(join(folder, name), 'utf8');
      for (const [, caught = ''] of text.matchAll(pattern)) found.push(caught);
    }
  }
  return found;
}

describe('the operations manual', () => {
  let manual: string;

  before(async () => {
    manual = await readFile(join(checkout, 'docs', 'operations.md'), 'utf8');
  });

  it('explains every metric', async () => {
    const metrics = await findInSources(METRIC);
    expect(metrics).to.include.members(['mesh_instances', 'edge_flight_updates_lost_total']);
    expect(metrics.filter((name) => !manual.includes(name))).to.deep.equal([]);
  });

  it('explains every line of the logs from info up', async () => {
    const lines = await findInSources(LOG_LINE);
    expect(lines).to.include.members(['served', 'circuit breaker moved', 'Consul is away']);
    // The manual may leave out what stands behind a semicolon or a colon.
    const beginnings = lines.map((line) => line.split(/[;:]/)[0] ?? line);
    expect(beginnings.filter((line) => !manual.includes(line))).to.deep.equal([]);
  });
});
