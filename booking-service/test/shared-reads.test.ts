import { expect } from 'chai';
import { createSharedReads } from '../src/infra/shared-reads.js';

describe('shared reads', () => {
  /** Counts its reads, and ends each when it is told to. */
  function openSource() {
    const ends: (() => void)[] = [];
    const load = () =>
      new Promise<number>((resolve) => {
        const number = ends.length + 1;
        ends.push(() => resolve(number));
      });
    return { load, ends };
  }

  it('run one, line one up, and share that among all who came meanwhile', async () => {
    const { load, ends } = openSource();
    const reads = createSharedReads<number>();
    const first = reads.read('route', load);
    const late = [reads.read('route', load), reads.read('route', load), reads.read('route', load)];
    expect(ends).to.have.length(1);
    ends[0]?.();
    expect(await first).to.equal(1);
    ends[1]?.();
    expect(await Promise.all(late)).to.deep.equal([2, 2, 2]);
    expect(ends).to.have.length(2);
  });

  it('of different keys run beside each other', async () => {
    const { load, ends } = openSource();
    const reads = createSharedReads<number>();
    const both = [reads.read('one', load), reads.read('other', load)];
    for (const end of ends) end();
    expect(await Promise.all(both)).to.deep.equal([1, 2]);
  });

  it('go on after one that failed', async () => {
    const reads = createSharedReads<number>();
    const failing = reads.read('route', () => Promise.reject(new Error('away')));
    const next = reads.read('route', async () => 2);
    expect(await failing.catch((error: Error) => error.message)).to.equal('away');
    expect(await next).to.equal(2);
    expect(await reads.read('route', async () => 3)).to.equal(3);
  });
});
