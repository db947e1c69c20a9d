import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSecrets } from '../src/stack/secrets.js';
import { withScratch } from './scratch.js';

describe('the secrets of a data folder', () => {
  it('are long, different and readable by their owner only', () =>
    withScratch(async (folder) => {
      const secrets = await openSecrets(folder, ['one', 'two']);
      expect(secrets('one')).to.have.lengthOf(43);
      expect(secrets('one')).to.not.equal(secrets('two'));
      expect(() => secrets('three')).to.throw('no secret was made for three');
      expect((await stat(join(folder, 'secrets.json'))).mode & 0o777).to.equal(0o600);
    }));

  it('stay the same when more are asked for later', () =>
    withScratch(async (folder) => {
      const first = await openSecrets(folder, ['one']);
      const later = await openSecrets(folder, ['two', 'one']);
      expect(later('one')).to.equal(first('one'));
      expect((await openSecrets(folder, ['two']))('two')).to.equal(later('two'));
    }));
});
