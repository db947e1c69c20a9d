import { Fault } from '@flight/mesh/fault';
import { expect } from 'chai';
import { createHashQueue } from '../src/infra/hash-queue.js';
import { refusalOf } from './support/refusal.js';

/** Work that ends when it is told to. */
function gate() {
  let open: () => void = () => expect.fail('not made yet');
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { work: () => opened, open };
}

describe('the password queue', () => {
  const clock = { nowMs: 1_000_000 };
  const forever = { deadline: Infinity, signal: new AbortController().signal };

  function queueOf(wishes: { slots?: number; maxWaitMs?: number } = {}) {
    return createHashQueue({ slots: 1, maxWaitMs: 1000, now: () => clock.nowMs, ...wishes });
  }

  /** Lets everything happen that can happen without time going by. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('runs no more at a time than it has slots', async () => {
    const queue = queueOf({ slots: 2 });
    const gates = [gate(), gate(), gate()];
    const begun: number[] = [];
    const runs = gates.map(({ work }, index) =>
      queue.run(() => {
        begun.push(index);
        return work();
      }, forever),
    );
    await settled();
    expect(begun).to.deep.equal([0, 1]);
    expect(queue.waiting()).to.equal(1);
    gates[1]?.open();
    await settled();
    expect(begun).to.deep.equal([0, 1, 2]);
    gates[0]?.open();
    gates[2]?.open();
    await Promise.all(runs);
    expect(queue.waiting()).to.equal(0);
  });

  it('serves first who came first', async () => {
    const queue = queueOf();
    const done: string[] = [];
    const run = (name: string) => queue.run(async () => void done.push(name), forever);
    await Promise.all(['a', 'b', 'c', 'd'].map(run));
    expect(done).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('gives the slot on when work fails', async () => {
    const queue = queueOf();
    const broken = queue.run(() => Promise.reject(new Error('broken')), forever);
    const next = queue.run(async () => 'done', forever);
    expect(await broken.catch((error: Error) => error.message)).to.equal('broken');
    expect(await next).to.equal('done');
  });

  it('refuses at once whoever would have to wait too long, and says how long it is', async () => {
    const queue = queueOf({ maxWaitMs: 60 });
    const first = gate();
    const runs = [queue.run(first.work, forever), queue.run(async () => undefined, forever)];
    runs.push(queue.run(async () => undefined, forever));
    // A hash is guessed to take 25 ms before one was measured: the third in line would wait 75.
    const refusal = await refusalOf(queue.run(async () => undefined, forever));
    expect(refusal).to.include({ kind: 'resource_exhausted', reason: 'SIGN_IN_BUSY', retryAfterMs: 75 });
    first.open();
    await Promise.all(runs);
  });

  it('learns from the hashes that it ran how long the wait is', async () => {
    const queue = queueOf({ maxWaitMs: 60 });
    for (let i = 0; i < 50; i++) {
      await queue.run(async () => {
        clock.nowMs += 100;
      }, forever);
    }
    const first = gate();
    const running = queue.run(first.work, forever);
    const refusal = await refusalOf(queue.run(async () => undefined, forever));
    expect(refusal.retryAfterMs).to.be.closeTo(100, 1);
    first.open();
    await running;
  });

  it('refuses whoever has not the time to wait', async () => {
    const queue = queueOf();
    const first = gate();
    const running = queue.run(first.work, forever);
    const hurried = { ...forever, deadline: clock.nowMs + 40 };
    expect(await refusalOf(queue.run(async () => undefined, hurried))).to.include({ reason: 'SIGN_IN_BUSY' });
    first.open();
    await running;
  });

  it('never begins the work of a caller who went away', async () => {
    const queue = queueOf();
    const first = gate();
    const running = queue.run(first.work, forever);
    const leaving = new AbortController();
    let begun = false;
    const left = queue.run(
      async () => {
        begun = true;
      },
      { ...forever, signal: leaving.signal },
    );
    const gone = new Fault('cancelled', 'CANCELLED', 'gone');
    leaving.abort(gone);
    expect(await refusalOf(left)).to.equal(gone);
    expect(await refusalOf(queue.run(first.work, { ...forever, signal: leaving.signal }))).to.equal(gone);
    expect(queue.waiting()).to.equal(0);
    first.open();
    await running;
    expect(await queue.run(async () => 'free again', forever)).to.equal('free again');
    expect(begun).to.equal(false);
  });
});
