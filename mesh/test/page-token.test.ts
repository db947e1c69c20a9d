import { expect } from 'chai';
import { z } from 'zod';
import { parsePageToken, type Scope, toPageToken } from '../src/page-token.js';
import { faultOf } from './support/fault-of.js';

const POSITION = z.tuple([z.int()]);

const refusalBy = (scope: Scope, token: string) =>
  faultOf(Promise.resolve().then(() => parsePageToken(scope, token, POSITION)));

describe('a page token', () => {
  it('leads back to its position', () => {
    const token = toPageToken(['bookings', 1], [17]);
    expect(token).to.match(/^[\w-]+$/);
    expect(parsePageToken(['bookings', 1], token, POSITION)).to.deep.equal([17]);
  });

  it('that is empty is the start', () => {
    expect(parsePageToken(['bookings', 1], '', POSITION)).to.equal(undefined);
  });

  it('is refused for another list', async () => {
    const token = toPageToken(['bookings', 1], [17]);
    for (const scope of [
      ['bookings', 2],
      ['bookings', '1'],
      ['flights', 1],
    ]) {
      expect(await refusalBy(scope, token)).to.include({
        reason: 'INVALID_PAGE_TOKEN',
      });
    }
  });

  it('is refused with any of its characters changed', async () => {
    const token = toPageToken(['bookings', 1], [17]);
    for (let i = 0; i < token.length; i += 1) {
      const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
      const fault = await refusalBy(['bookings', 1], changed);
      expect(fault, changed).to.include({ kind: 'invalid_argument', reason: 'INVALID_PAGE_TOKEN' });
    }
  });

  it('is refused when it holds anything else', async () => {
    const written = [
      'null',
      '17',
      '[]',
      '{}',
      '["x",[17],1]',
      '[1,[17]]',
      '["x",["17"]]',
      '["x",[17]]',
      '[[17]]',
    ];
    for (const text of written) {
      const token = Buffer.from(text).toString('base64url');
      const fault = await refusalBy(['bookings', 1], token);
      expect(fault, text).to.include({ reason: 'INVALID_PAGE_TOKEN' });
    }
  });
});
