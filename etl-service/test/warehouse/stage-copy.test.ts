import { expect } from 'chai';
import { type Cell, toCopyBlocks } from '../../src/infra/stage-copy.js';

function textOf(rows: readonly (readonly Cell[])[]): string {
  return [...toCopyBlocks(rows, (cells) => cells)].join('');
}

describe("lines of COPY's text format", () => {
  it('keep tabs, line ends and backslashes apart from their own, and nothing apart from an empty text', () => {
    expect(textOf([['a\tb', '\n\r\\', '', undefined, true, -1]])).to.equal(
      'a\\tb\t\\n\\r\\\\\t\t\\N\ttrue\t-1\n',
    );
  });

  it('write every moment as toISOString does, to the millisecond', () => {
    const texts = [
      '1969-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00.000Z',
      '2024-02-29T09:08:07.001Z',
      '2024-02-29T23:59:59.010Z',
      '2026-11-24T00:00:00.100Z',
      '2026-11-24T10:20:30.000Z',
    ];
    const lines = textOf(texts.map((text) => [new Date(text)]))
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => new Date(line).toISOString())).to.deep.equal(texts);
    expect(lines.at(-1)).to.equal('2026-11-24T10:20:30Z');
  });

  it('refuse a date that is none', () => {
    expect(() => textOf([[new Date(Number.NaN)]])).to.throw(RangeError);
  });

  it('come in blocks, none of which ends within a line', () => {
    const rows = Array.from({ length: 5000 }, (_, index) => [index, 'x'.repeat(50)]);
    const blocks = [...toCopyBlocks(rows, (cells) => cells)];
    expect(blocks.length).to.be.greaterThan(2);
    expect(blocks.every((block) => block.endsWith('\n'))).to.equal(true);
    expect(blocks.join('').trimEnd().split('\n')).to.have.length(5000);
  });
});
