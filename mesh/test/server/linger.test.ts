import { expect } from 'chai';
import { linger } from '../../src/server/linger.js';

const LEAST_MS = 50;

async function lingered(lastAt: () => number): Promise<number> {
  const began = performance.now();
  const arrivals = {
    get lastAt() {
      return lastAt();
    },
  };
  await linger(arrivals, LEAST_MS);
  return performance.now() - began;
}

describe('lingering', () => {
  it('lasts its least time when no call arrives', async () => {
    let looks = 0;
    const ms = await lingered(() => {
      looks++;
      return 0;
    });
    expect(ms).to.be.at.least(LEAST_MS - 2);
    expect(looks).to.equal(1);
  });

  it('lasts until no call has arrived for a while', async () => {
    const until = performance.now() + 2 * LEAST_MS;
    expect(await lingered(() => Math.min(performance.now(), until))).to.be.at.least(2 * LEAST_MS - 2);
  });

  it('has an end although calls arrive', async () => {
    const ms = await lingered(() => performance.now());
    expect(ms).to.be.at.least(6 * LEAST_MS - 2);
  });

  it('does not happen when there is no time for it', async () => {
    let looks = 0;
    await linger(
      {
        get lastAt() {
          looks++;
          return 0;
        },
      },
      0,
    );
    expect(looks).to.equal(0);
  });
});
