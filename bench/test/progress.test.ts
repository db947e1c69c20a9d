import { expect } from 'chai';
import { createProgress } from '../src/generate/progress.js';

describe('the progress of a long command', () => {
  it('is a bar that is drawn over itself on a terminal, and stays when it is full', () => {
    const written: string[] = [];
    let now = 0;
    const screen = { isTTY: true, columns: 120, write: (text: string) => written.push(text) };
    const progress = createProgress(screen, () => now);
    for (const done of [0, 250, 1000]) {
      progress.show({ what: 'bookings', done, total: 1000 });
      now += 1000;
    }
    expect(written).to.have.length(3);
    expect(written[1]).to.match(
      /^\rbookings \[#{7}-{21}\] {2}25 % {2}250 of 1,000, 250 a second, 3 s left *$/,
    );
    expect(written[2]).to.match(/^\rbookings \[#{28}\] 100 % {2}1,000 of 1,000, 500 a second *\n$/);
  });

  it('is a plain line now and then in a log', () => {
    const written: string[] = [];
    let now = 0;
    const progress = createProgress({ write: (text: string) => written.push(text) }, () => now);
    for (let done = 0; done <= 100; done += 1) {
      progress.show({ what: 'users', done, total: 100 });
      now += 100;
    }
    progress.end();
    expect(written.length).to.be.within(5, 7);
    expect(written.at(-1)).to.equal('users    100 %  100 of 100, 10 a second\n');
  });
});
