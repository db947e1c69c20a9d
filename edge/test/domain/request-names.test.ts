import { expect } from 'chai';
import { findRequestId, parseIdempotencyKey } from '../../src/domain/request-names.js';
import { refusalBy } from '../support/refusal-by.js';

describe('names of requests', () => {
  it("takes a client's request id of 1 to 128 visible ASCII characters", () => {
    for (const id of ['a', '!~', 'x'.repeat(128)]) expect(findRequestId(id)).to.equal(id);
  });

  it('does not take other request ids', () => {
    for (const id of [undefined, '', 'x'.repeat(129), 'a b', 'a\tb', 'é', 'a\u0000'])
      expect(findRequestId(id)).to.equal(undefined);
  });

  it('takes an idempotency key of 1 to 255 visible ASCII characters', () => {
    expect(parseIdempotencyKey(undefined)).to.equal(undefined);
    for (const key of ['k', '"quoted"', 'x'.repeat(255)]) expect(parseIdempotencyKey(key)).to.equal(key);
  });

  it('refuses other idempotency keys rather than booking twice', () => {
    for (const key of ['', 'a b', 'x'.repeat(256), 'ключ', 'one, two'])
      expect(refusalBy(() => parseIdempotencyKey(key)).reason).to.equal('IDEMPOTENCY_KEY_MALFORMED');
  });
});
