import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { findRunner, takeRunLock } from '../src/stack/run-lock.js';
import { withScratch } from './scratch.js';

describe('the lock of a data folder', () => {
  it('names its holder to everybody else until it is released', () =>
    withScratch(async (folder) => {
      const lock = await takeRunLock(folder);
      expect(await takeRunLock(folder)).to.deep.equal({ heldBy: process.pid });
      expect(await findRunner(folder)).to.equal(process.pid);
      if ('release' in lock) await lock.release();
      expect(await findRunner(folder)).to.equal(undefined);
    }));

  it('counts for nothing once its process is gone', () =>
    withScratch(async (folder) => {
      const gone = spawn('true');
      await once(gone, 'exit');
      await writeFile(join(folder, 'run.lock'), JSON.stringify({ pid: gone.pid, birth: '1' }));
      expect(await takeRunLock(folder)).to.have.property('release');
    }));

  it('counts for nothing when another process has got the same pid since', function () {
    if (process.platform !== 'linux') this.skip();
    return withScratch(async (folder) => {
      await takeRunLock(folder);
      const file = join(folder, 'run.lock');
      const holder = JSON.parse(await readFile(file, 'utf8'));
      await writeFile(file, JSON.stringify({ ...holder, birth: '1' }));
      expect(await takeRunLock(folder)).to.have.property('release');
    });
  });
});
