import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Machine, thisMachine } from '../src/machine.js';
import { findConsul } from '../src/programs/find-consul.js';
import {
  findProgram,
  MissingProgram,
  type Program,
  type ProgramSource,
} from '../src/programs/find-program.js';
import { findPrometheus } from '../src/programs/find-prometheus.js';
import { findRedis } from '../src/programs/find-redis.js';
import { withScratch } from './scratch.js';

/** A machine whose PATH and cache are two empty folders. */
async function makeBareMachine(folder: string): Promise<Machine & { bin: string }> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  return { ...thisMachine(), environment: { PATH: bin }, cache: join(folder, 'cache'), bin };
}

async function writeProgram(file: string, prints: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 });
}

function makeSource(
  origin: string,
  asked: string[],
  has: { now: boolean; later?: boolean | Error },
): ProgramSource {
  let { now } = has;
  const program: Program = { command: `/${origin}`, environment: {}, version: '1.0.0', origin };
  return {
    origin,
    find: async () => {
      asked.push(`find ${origin}`);
      return now ? program : undefined;
    },
    fetch: async () => {
      asked.push(`fetch ${origin}`);
      if (has.later instanceof Error) throw has.later;
      now = has.later === true;
    },
  };
}

describe('finding a program', () => {
  it('prefers what is on the machine, in the order of the sources, to anything fetched', async () => {
    const asked: string[] = [];
    const sources = [
      makeSource('first', asked, { now: false, later: true }),
      makeSource('second', asked, { now: true }),
    ];
    expect((await findProgram('It', sources, '')).origin).to.equal('second');
    expect(asked).to.deep.equal(['find first', 'find second']);
  });

  it('fetches from the next source when one fails', async () => {
    const asked: string[] = [];
    const sources = [
      makeSource('first', asked, { now: false, later: new Error('unreachable') }),
      makeSource('second', asked, { now: false, later: true }),
    ];
    expect((await findProgram('It', sources, '')).origin).to.equal('second');
    expect(asked.slice(2)).to.deep.equal(['fetch first', 'fetch second', 'find second']);
  });

  it('says in one line what is missing, how to get it and what was tried', async () => {
    const sources = [
      makeSource('first', [], { now: false, later: new Error('unreachable') }),
      makeSource('second', [], { now: false }),
    ];
    const error = await findProgram('It', sources, 'Install it.').catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(MissingProgram);
    expect(String(error)).to.equal(
      'MissingProgram: It is missing. Install it. | first: unreachable | second: fetched, but the program is not in it',
    );
  });

  it('takes Consul and Redis from the PATH before the cache', () =>
    withScratch(async (folder) => {
      const machine = await makeBareMachine(folder);
      await writeProgram(join(machine.cache, 'consul-1.16.3', 'consul'), 'Consul v1.16.3');
      await writeProgram(join(machine.cache, 'redis', 'usr/bin/redis-server'), 'Redis server v=7.0.15 sha=0');
      expect((await findConsul(machine)).version).to.equal('1.16.3');
      expect((await findRedis(machine)).version).to.equal('7.0.15');
      await writeProgram(join(machine.bin, 'consul'), 'Consul v1.20.1');
      await writeProgram(join(machine.bin, 'redis-server'), 'Redis server v=8.2.0 sha=0');
      expect(await findConsul(machine)).to.include({ version: '1.20.1', origin: 'PATH' });
      expect(await findRedis(machine)).to.include({ version: '8.2.0', origin: 'PATH' });
    }));

  it('takes a Prometheus from the PATH only with its promtool beside it', () =>
    withScratch(async (folder) => {
      const machine = await makeBareMachine(folder);
      const fetched = join(machine.cache, 'prometheus/usr/bin');
      await writeProgram(join(fetched, 'prometheus'), 'prometheus, version 2.42.0 (branch: debian)');
      await writeProgram(join(fetched, 'promtool'), '');
      await writeProgram(join(machine.bin, 'prometheus'), 'prometheus, version 3.5.0 (branch: HEAD)');
      expect(await findPrometheus(machine)).to.include({
        version: '2.42.0',
        promtool: join(fetched, 'promtool'),
      });
      await writeProgram(join(machine.bin, 'promtool'), '');
      expect(await findPrometheus(machine)).to.include({ version: '3.5.0', origin: 'PATH' });
    }));

  it('does not take a file that is not executable for a program', () =>
    withScratch(async (folder) => {
      const machine = await makeBareMachine(folder);
      await writeFile(join(machine.bin, 'redis-server'), 'text', { mode: 0o644 });
      const error = await findRedis(machine).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(MissingProgram);
      expect(String(error)).to.match(/^MissingProgram: Redis is missing\. .*redis-server.*no apt$/);
    }));
});
