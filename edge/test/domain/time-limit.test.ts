import { expect } from 'chai';
import { chooseTimeLimitMs } from '../../src/domain/time-limit.js';
import { refusalBy } from '../support/refusal-by.js';

const NONE = { grpcTimeout: undefined, requestTimeout: undefined };

describe('the time that a request gets', () => {
  it("is the route's own when the client says nothing", () => {
    expect(chooseTimeLimitMs(1000, NONE)).to.equal(1000);
  });

  for (const [text, ms] of [
    ['500m', 500],
    ['0000001S', 1000],
    ['250000u', 250],
    ['99999999n', 99.999999],
    ['1u', 0.001],
  ] as const) {
    it(`is shortened to ${ms} ms by Grpc-Timeout: ${text}`, () => {
      expect(chooseTimeLimitMs(5000, { ...NONE, grpcTimeout: text })).to.equal(ms);
    });
  }

  it('is shortened by X-Request-Timeout', () => {
    expect(chooseTimeLimitMs(1000, { ...NONE, requestTimeout: '50' })).to.equal(50);
  });

  it('is the shorter of the two when both are there', () => {
    expect(chooseTimeLimitMs(1000, { grpcTimeout: '300m', requestTimeout: '200' })).to.equal(200);
    expect(chooseTimeLimitMs(1000, { grpcTimeout: '100m', requestTimeout: '200' })).to.equal(100);
  });

  for (const longer of ['1H', '99999999H', '2M', '2S'])
    it(`is never longer than the route's own: ${longer}`, () => {
      expect(chooseTimeLimitMs(1000, { ...NONE, grpcTimeout: longer })).to.equal(1000);
    });

  for (const malformed of ['', '1', 'S', '1s', '123456789m', '-1m', '1.5S', '1 S', '1S,2S', '0x1S', '١S'])
    it(`is not guessed from Grpc-Timeout: "${malformed}"`, () => {
      expect(refusalBy(() => chooseTimeLimitMs(1000, { ...NONE, grpcTimeout: malformed }))).to.include({
        status: 400,
        reason: 'TIMEOUT_MALFORMED',
      });
    });

  for (const malformed of ['', '-1', '1.5', '1e3', '50ms', 'NaN', '12345678901', '50, 60'])
    it(`is not guessed from X-Request-Timeout: "${malformed}"`, () => {
      expect(
        refusalBy(() => chooseTimeLimitMs(1000, { ...NONE, requestTimeout: malformed })).status,
      ).to.equal(400);
    });

  for (const over of [
    { grpcTimeout: '0m' },
    { requestTimeout: '0' },
    { grpcTimeout: '0H', requestTimeout: '100' },
  ])
    it(`is over before it began: ${JSON.stringify(over)}`, () => {
      expect(refusalBy(() => chooseTimeLimitMs(1000, { ...NONE, ...over }))).to.include({
        status: 504,
        reason: 'TIMEOUT_OVER',
      });
    });
});
