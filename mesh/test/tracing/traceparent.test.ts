import { expect } from 'chai';
import {
  findTraceparent,
  parseTraceparent,
  toTraceparent,
  traceIdOf,
} from '../../src/tracing/traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;

describe('a traceparent', () => {
  it('names a trace, a span in it, and whether it is recorded', () => {
    expect(parseTraceparent(SAMPLED)).to.deep.equal({ traceId: TRACE, spanId: SPAN, sampled: true });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.sampled).to.equal(false);
  });

  it('looks at the sampled flag and at no other', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)?.sampled).to.equal(false);
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-03`)?.sampled).to.equal(true);
  });

  it('is written as it was read', () => {
    for (const text of [SAMPLED, `00-${TRACE}-${SPAN}-00`]) {
      const place = parseTraceparent(text);
      expect(place && toTraceparent(place)).to.equal(text);
      expect(findTraceparent(text)).to.equal(text);
    }
  });

  it('of a later version is read as far as it is known, and sent on as version 00', () => {
    expect(findTraceparent(`01-${TRACE}-${SPAN}-01`)).to.equal(SAMPLED);
    expect(findTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-says`)).to.equal(SAMPLED);
  });

  it('counts as none when it is malformed', () => {
    const malformed = [
      undefined,
      '',
      'nonsense',
      SAMPLED.toUpperCase(),
      ` ${SAMPLED}`,
      `${SAMPLED}\n`,
      `${SAMPLED}, ${SAMPLED}`,
      `${SAMPLED}-00`,
      SAMPLED.slice(1),
      SAMPLED.slice(0, -1),
      `ff-${TRACE}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE}-${SPAN}-0x`,
      `01-${TRACE}-${SPAN}-01x`,
      `01-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
    ];
    for (const text of malformed) expect(findTraceparent(text), text).to.equal(undefined);
  });

  it('lends logs its trace id', () => {
    expect(traceIdOf(SAMPLED)).to.equal(TRACE);
    expect(traceIdOf(undefined)).to.equal(undefined);
  });
});
