import { expect } from 'chai';
import { parseChangeToken, toChangeToken } from '../../src/changes/change-token.js';
import { afterOneMore, isSnapshot, xmaxOf, xminOf } from '../../src/changes/snapshot.js';
import { Fault } from '../../src/fault.js';

describe('a snapshot', () => {
  it('is known by its form, and by what PostgreSQL takes for one', () => {
    for (const good of ['3:3:', '100:100:', '100:110:100,105', `3:${2n ** 63n - 1n}:`])
      expect(isSnapshot(good), good).to.equal(true);
    for (const bad of [
      '',
      '3',
      '3:3',
      '0:3:',
      '5:3:',
      '3:9:9',
      '3:9:2',
      '3:9:5,5',
      '3:9:6,5',
      '3:9:5,',
      ' 3:3:',
      `3:${2n ** 63n}:`,
    ])
      expect(isSnapshot(bad), bad).to.equal(false);
  });

  it('has ends', () => {
    expect(xminOf('100:110:100,105')).to.equal('100');
    expect(xmaxOf('100:110:100,105')).to.equal(110n);
  });

  it('of which one more transaction has come and gone is known beforehand', () => {
    expect(afterOneMore('756:756:', '756')).to.equal('757:757:');
    expect(afterOneMore('100:110:100,105', '110')).to.equal('100:111:100,105');
  });

  it('of which others have come too is not known: when they are done, nothing would tell them from that one', () => {
    expect(afterOneMore('756:756:', '757')).to.equal(undefined);
    expect(afterOneMore('100:110:100,105', '112')).to.equal(undefined);
  });
});

describe('a change token', () => {
  const PLAIN = { identity: '7.1.2', after: '100:110:100,105', within: undefined };
  const WITHIN = { ...PLAIN, within: { upTo: '120:120:', table: 1, changedIn: '105', id: '17' } };

  it('says where it was made', () => {
    expect(parseChangeToken(toChangeToken(PLAIN))).to.deep.equal(PLAIN);
    expect(parseChangeToken(toChangeToken(WITHIN))).to.deep.equal(WITHIN);
  });

  it('is refused when nobody made it', () => {
    const made = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const forged = [
      'x',
      '!',
      toChangeToken(PLAIN).slice(0, -4),
      made(null),
      made(['7.1.2']),
      made(['7.1.2', '5:3:']),
      made(['7.1.2', '3:3:', '5:5:', 0, '1']),
      made(['7.1.2', '3:3:', '5:5:', -1, '1', '1']),
      made(['7.1.2', '3:3:', '5:5:', 0, "1'", '1']),
      made(['7.1.2', '3:3:', '5:5:', 0, '1', '9223372036854775808']),
      made({ ...['7.1.2', '3:3:'] }),
    ];
    for (const token of forged)
      expect(() => parseChangeToken(token), token)
        .to.throw(Fault)
        .with.property('reason', 'INVALID_CHANGE_TOKEN');
  });
});
