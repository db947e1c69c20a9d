import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTemporaryFolder } from '@flight/local';
import { expect } from 'chai';
import { buildPython } from '../src/build-python.js';
import { MissingToolchain } from '../src/missing-toolchain.js';
import { type Place, thisPlace } from '../src/place.js';

describe('building the Python package without a fitting Python', () => {
  it('says so in one line', async () => {
    const bin = await openTemporaryFolder('flight-python-');
    try {
      const place = await thisPlace();
      const poor = { ...place, environment: { PATH: bin.path } };
      await expectMissing(poor, 'Python 3.10 to 3.14 is needed, as python3 on PATH');
      for (const words of ['python3 is 3.9: Python 3.10 to 3.14 is needed', 'python3 has no venv']) {
        const fake = join(bin.path, 'python3');
        await writeFile(fake, `#!/bin/sh\necho '${words}' >&2\nexit 69\n`);
        await chmod(fake, 0o755);
        await expectMissing(poor, words);
      }
    } finally {
      await bin.close();
    }
  });

  // What is killed is also what took too long.
  for (const [what, script] of [
    ['breaks', 'echo "Fatal Python error: init_fs_encoding" >&2; exit 1'],
    ['is killed', 'kill -KILL $$'],
  ] as const) {
    it(`fails when the Python that is there ${what}`, async () => {
      const bin = await openTemporaryFolder('flight-python-');
      try {
        const fake = join(bin.path, 'python3');
        await writeFile(fake, `#!/bin/sh\n${script}\n`);
        await chmod(fake, 0o755);
        const error = await failureOf({ ...(await thisPlace()), environment: { PATH: bin.path } });
        expect(error).to.be.instanceOf(Error).and.not.instanceOf(MissingToolchain);
        expect(error).to.have.property('message').that.includes(fake);
      } finally {
        await bin.close();
      }
    });
  }

  function failureOf(place: Place): Promise<unknown> {
    return buildPython(place).then(
      () => undefined,
      (reason: unknown) => reason,
    );
  }

  async function expectMissing(place: Place, message: string): Promise<void> {
    const error = await failureOf(place);
    expect(error).to.be.instanceOf(MissingToolchain);
    expect(error).to.have.property('message', message);
  }
});
