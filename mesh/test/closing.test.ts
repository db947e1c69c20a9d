import { expect } from 'chai';
import { createClosing } from '../src/closing.js';
import { createLogger } from '../src/log.js';

function silent() {
  return createLogger({ service: 'test', instance: 'test_1', level: 'silent' });
}

describe('closing', () => {
  it('runs backwards, once', async () => {
    const order: string[] = [];
    const closing = createClosing(silent());
    closing.add('first', () => void order.push('first'));
    closing.add('second', async () => void order.push('second'));
    await Promise.all([closing.close(), closing.close()]);
    expect(order).to.deep.equal(['second', 'first']);
  });

  it('goes on when one part fails to close, and says which', async () => {
    const lines: string[] = [];
    const log = createLogger(
      { service: 'test', instance: 'test_1', level: 'error' },
      { write: (line) => void lines.push(line) },
    );
    let reached = false;
    const closing = createClosing(log);
    closing.add('last', () => {
      reached = true;
    });
    closing.add('broken', () => Promise.reject(new Error('stuck')));
    await closing.close();
    expect(reached).to.equal(true);
    expect(JSON.parse(lines[0] ?? '{}')).to.deep.include({ part: 'broken' });
  });

  it('closes at once what is opened after the closing began', async () => {
    const closing = createClosing(silent());
    await closing.close();
    const closed = new Promise<void>((resolve) => closing.add('late', resolve));
    await closed;
  });
});
