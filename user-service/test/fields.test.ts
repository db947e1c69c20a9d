import { expect } from 'chai';
import { parseCredentials, parseNewPassword, parseNewUsername } from '../src/domain/credentials.js';
import { parseEmail } from '../src/domain/email.js';
import { parseFlightCode } from '../src/domain/flight-code.js';
import { foldCase } from '../src/domain/fold-case.js';
import { toPolicyRules } from '../src/domain/policy.js';
import { parseRequestId } from '../src/domain/request-id.js';
import { refusalBy } from './support/refusal.js';

const documented = toPolicyRules('documented', new Set());
const strict = toPolicyRules('strict', new Set(['password123']));
const PLANE = '\u{1F6EB}';

describe('fields', () => {
  for (const { what, field, parse, good, bad } of [
    {
      what: 'username',
      field: 'username',
      parse: parseNewUsername,
      good: ['j', 'John Doe', 'Émile', '名前', PLANE.repeat(80), 'x'.repeat(80), "o'brien; --"],
      bad: [
        ...[
          ' john',
          'john ',
          '\u00a0john',
          ' ',
          'x'.repeat(81),
          PLANE.repeat(81),
          'jo\0hn',
          'jo\nhn',
          'jo\x85hn',
        ],
        ...['\ud800', 'john\udc00', 'jo\u2028hn', 'jo\x7fhn'],
      ],
    },
    {
      what: 'password under the documented policy',
      field: 'password',
      parse: (text: string) => parseNewPassword(text, documented),
      good: ['x', ' ', 'password123', PLANE.repeat(256), 'x'.repeat(256)],
      bad: ['x'.repeat(257), PLANE.repeat(257), 'a\0b', 'a\tb', '\ud800', '\u0344'.repeat(200)],
    },
    {
      what: 'password under the strict policy',
      field: 'password',
      parse: (text: string) => parseNewPassword(text, strict),
      good: ['12345678', 'password1234', PLANE.repeat(8)],
      bad: ['1234567', PLANE.repeat(7), 'password123', 'PASSWORD123'],
    },
    {
      what: 'plain address',
      field: 'email',
      parse: parseEmail,
      good: ['a@b', 'johndoe@example.com', "o'brien+tag@sub.example.co.uk", `${'x'.repeat(115)}@b.co`],
      bad: [
        ...[
          'a',
          '@',
          'a@',
          '@b',
          'a@b@c',
          'a b@c',
          'a@b c',
          ' a@b',
          'a@b ',
          'a@-b',
          'a@b-',
          'a@b..c',
          'a@.b',
        ],
        ...[
          'John <a@b>',
          '"a b"@c',
          'é@b',
          'a@é',
          'a\0@b',
          'a@b\n',
          `${'x'.repeat(116)}@b.co`,
          `a@${'b'.repeat(64)}`,
        ],
      ],
    },
    {
      what: 'flight code',
      field: 'flight_code',
      parse: parseFlightCode,
      good: ['FL', 'FL001', 'fl001', '1234567890'],
      bad: ['', 'F', 'FL001FL0012', 'FL 1', 'FL-1', 'ſſ', 'ﬂ001', 'FL1\n', '\0'],
    },
    {
      what: 'request id',
      field: 'request_id',
      parse: parseRequestId,
      good: ['', 'x', '!~', 'x'.repeat(255)],
      bad: ['x'.repeat(256), 'a b', 'é', 'a\0', 'a\n', '\x7f'],
    },
  ]) {
    it(`take what a ${what} may be`, () => {
      for (const text of good)
        expect(parse(text)).to.equal(field === 'flight_code' ? text.toUpperCase() : text);
    });

    it(`refuse what a ${what} may not be`, () => {
      for (const text of bad) {
        const refusal = refusalBy(() => parse(text));
        expect(refusal, text).to.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD' });
        expect(refusal.facts).to.deep.equal({ field });
      }
    });
  }

  it('take a password of before to sign in with, whatever the rules for new ones are', () => {
    const old = { username: ' john', password: 'x' };
    expect(parseCredentials(old)).to.deep.equal(old);
  });

  it('are judged in a moment, however long they are', () => {
    const began = performance.now();
    for (const text of ['a'.repeat(1e6), 'a@'.repeat(5e5), `a@${'a-'.repeat(5e5)}`, ' '.repeat(1e6)]) {
      refusalBy(() => parseEmail(text));
      refusalBy(() => parseNewUsername(text));
      refusalBy(() => parseNewPassword(text, strict));
    }
    expect(performance.now() - began).to.be.below(500);
  });

  it('are the same name in any case, composition and width', () => {
    const same = ['Émile', 'ÉMILE', 'E\u0301mile', 'É\uff4dile'].map(foldCase);
    expect(new Set(same)).to.have.property('size', 1);
    expect(foldCase('Émile')).to.not.equal(foldCase('Emile'));
  });
});
