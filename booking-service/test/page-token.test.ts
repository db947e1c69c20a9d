import { expect } from 'chai';
import { z } from 'zod';
import { parsePageToken, toPageToken } from '../src/api/page-token.js';
import { refusalBy } from './support/refusal.js';

const POSITION = z.tuple([z.int()]);

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
      expect(await refusalBy(() => parsePageToken(scope, token, POSITION))).to.include({
        reason: 'INVALID_PAGE_TOKEN',
      });
    }
  });

  it('is refused with any of its characters changed', async () => {
    const token = toPageToken(['bookings', 1], [17]);
    for (let i = 0; i < token.length; i += 1) {
      const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
      const fault = await refusalBy(() => parsePageToken(['bookings', 1], changed, POSITION));
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
      const fault = await refusalBy(() => parsePageToken(['bookings', 1], token, POSITION));
      expect(fault, text).to.include({ reason: 'INVALID_PAGE_TOKEN' });
    }
  });
});
