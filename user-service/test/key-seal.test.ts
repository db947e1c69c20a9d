import { expect } from 'chai';
import { createKeySeal } from '../src/infra/aes-key-seal.js';

describe('the seal of private keys', () => {
  const seal = createKeySeal('s'.repeat(32));
  const key = Buffer.from('a private key');
  const sealed = seal.seal(key, 'kid-1');

  it('opens under the same secret and label', () => {
    const opened = createKeySeal('s'.repeat(32)).open(sealed, 'kid-1');
    expect(Buffer.from(opened).toString()).to.equal('a private key');
  });

  it('shows nothing of the key, and looks different each time', () => {
    expect(Buffer.from(sealed).includes('private')).to.equal(false);
    expect(Buffer.from(seal.seal(key, 'kid-1'))).to.not.deep.equal(Buffer.from(sealed));
  });

  it('stays shut under another secret, under another label, and when any byte was changed', () => {
    expect(() => createKeySeal('t'.repeat(32)).open(sealed, 'kid-1')).to.throw();
    expect(() => seal.open(sealed, 'kid-2')).to.throw();
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(() => seal.open(changed, 'kid-1'), `byte ${at}`).to.throw();
    }
    expect(() => seal.open(sealed.subarray(0, 40), 'kid-1')).to.throw();
    expect(() => seal.open(new Uint8Array(), 'kid-1')).to.throw();
  });
});
