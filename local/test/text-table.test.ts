import { expect } from 'chai';
import { formatTable } from '../src/commands/text-table.js';

describe('a table of text', () => {
  it('aligns its columns and leaves no blanks at the ends', () => {
    const rows = [
      ['what', 'where'],
      ['booking_service_1', ''],
      ['edge', 'http://localhost:4000'],
    ];
    expect(formatTable(rows).split('\n')).to.deep.equal([
      'what               where',
      'booking_service_1',
      'edge               http://localhost:4000',
    ]);
  });
});
