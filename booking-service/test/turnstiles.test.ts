import { setImmediate as nextTurn } from 'node:timers/promises';
import { Fault } from '@flight/mesh';
import { expect } from 'chai';
import { createTurnstiles } from '../src/infra/turnstiles.js';
import { refusalOf } from './support/refusal.js';

/** Work that ends when it is told to. */
function openWork() {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { done, finish };
}

function patient() {
  return { deadline: Infinity, signal: new AbortController().signal };
}

describe('turnstiles', () => {
  it('let so many in at once, and the others in order', async () => {
    const turnstiles = createTurnstiles({ width: 2, queue: 10 });
    const works = [openWork(), openWork(), openWork(), openWork()];
    const began: number[] = [];
    const passes = works.map((work, i) =>
      turnstiles.pass('FL001', patient(), () => {
        began.push(i);
        return work.done;
      }),
    );
    await nextTurn();
    expect(began).to.deep.equal([0, 1]);
    expect(turnstiles.waiting()).to.equal(2);
    works[1]?.finish();
    await nextTurn();
    expect(began).to.deep.equal([0, 1, 2]);
    for (const work of works) work.finish();
    await Promise.all(passes);
    expect(began).to.deep.equal([0, 1, 2, 3]);
    expect(turnstiles.waiting()).to.equal(0);
  });

  it('of different keys do not know each other', async () => {
    const turnstiles = createTurnstiles({ width: 1, queue: 10 });
    const work = openWork();
    const first = turnstiles.pass('FL001', patient(), () => work.done);
    expect(await turnstiles.pass('FL002', patient(), async () => 'through')).to.equal('through');
    work.finish();
    await first;
  });

  it('drop who has gone, before his work begins', async () => {
    const turnstiles = createTurnstiles({ width: 1, queue: 10 });
    const work = openWork();
    const first = turnstiles.pass('FL001', patient(), () => work.done);
    const caller = new AbortController();
    let begun = false;
    const gone = turnstiles.pass('FL001', { deadline: Infinity, signal: caller.signal }, async () => {
      begun = true;
    });
    const last = turnstiles.pass('FL001', patient(), async () => 'through');
    caller.abort(new Fault('cancelled', 'CANCELLED', 'gone'));
    expect(await refusalOf(gone)).to.include({ reason: 'CANCELLED' });
    work.finish();
    await first;
    expect(await last).to.equal('through');
    expect(begun).to.equal(false);
  });

  it('do not begin work for who has gone already', async () => {
    const turnstiles = createTurnstiles({ width: 1, queue: 10 });
    const signal = AbortSignal.abort(new Fault('cancelled', 'CANCELLED', 'gone'));
    const pass = turnstiles.pass('FL001', { deadline: Infinity, signal }, async () => 'through');
    expect(await refusalOf(pass)).to.include({ reason: 'CANCELLED' });
    expect(await turnstiles.pass('FL001', patient(), async () => 'through')).to.equal('through');
  });

  it('let the next one in after work that failed', async () => {
    const turnstiles = createTurnstiles({ width: 1, queue: 10 });
    const failing = turnstiles.pass('FL001', patient(), async () => {
      throw new Fault('internal', 'BROKEN', 'broken');
    });
    const next = turnstiles.pass('FL001', patient(), async () => 'through');
    expect(await refusalOf(failing)).to.include({ reason: 'BROKEN' });
    expect(await next).to.equal('through');
  });

  it('send away who finds the queue full', async () => {
    const turnstiles = createTurnstiles({ width: 1, queue: 1 });
    const work = openWork();
    const passes = [1, 2].map(() => turnstiles.pass('FL001', patient(), () => work.done));
    const fault = await refusalOf(turnstiles.pass('FL001', patient(), async () => 'through'));
    expect(fault).to.include({ kind: 'resource_exhausted', retryAfterMs: 1000 });
    work.finish();
    await Promise.all(passes);
  });
});
