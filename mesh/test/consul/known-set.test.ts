import { expect } from 'chai';
import type { Instance } from '../../src/consul/instance.js';
import {
  advanceKnown,
  isUnsettled,
  type KnownSet,
  NOTHING_KNOWN,
  usable,
} from '../../src/consul/known-set.js';
import type { Health, Sighting } from '../../src/consul/sighting.js';

const T = 1_000_000;

/** `a` is passing, `a!` failing, `a~` in maintenance. */
function seen(...marks: string[]): Sighting[] {
  return marks.map((mark) => {
    const id = mark.charAt(0);
    const instance = { id, host: '127.0.0.1', port: id.charCodeAt(0), tags: [], metadata: {}, weight: 1 };
    const healths: Record<string, Health> = { '': 'passing', '!': 'failing', '~': 'maintenance' };
    return { instance, health: healths[mark.slice(1)] ?? 'passing' };
  });
}

/** The ids that calls may go to, in alphabetical order. */
function ids(known: KnownSet): string {
  return usable(known)
    .map(({ id }) => id)
    .sort()
    .join('');
}

describe('the known set of instances', () => {
  const three = advanceKnown(NOTHING_KNOWN, seen('a', 'b', 'c'), T);

  it('takes what Consul calls passing, and nothing else', () => {
    expect(ids(three)).to.equal('abc');
    expect(ids(advanceKnown(NOTHING_KNOWN, seen('a', 'b!', 'c~'), T))).to.equal('a');
  });

  it('keeps the last known good set when Consul names none', () => {
    expect(ids(advanceKnown(three, [], T + 1))).to.equal('abc');
  });

  it('keeps the last known good set when all are failing', () => {
    expect(ids(advanceKnown(three, seen('a!', 'b!', 'c!'), T + 1))).to.equal('abc');
  });

  it('takes those back that failed one after another when all are failing, but not one that failed long ago', () => {
    const two = advanceKnown(three, seen('a!', 'b', 'c'), T + 1);
    const one = advanceKnown(two, seen('a!', 'b!', 'c'), T + 29_000);
    expect(ids(one)).to.equal('c');
    expect(ids(advanceKnown(one, seen('a!', 'b!', 'c!'), T + 30_000))).to.equal('abc');
    expect(ids(advanceKnown(one, seen('a!', 'b!', 'c!'), T + 31_000))).to.equal('bc');
  });

  it('drops one of three at once, whether it fails or left', () => {
    expect(ids(advanceKnown(three, seen('a', 'b', 'c!'), T + 1))).to.equal('ab');
    expect(ids(advanceKnown(three, seen('a', 'b'), T + 1))).to.equal('ab');
  });

  it('unites a set that lost more than half with the old one for 30 s', () => {
    const one = advanceKnown(three, seen('a', 'b!'), T + 1);
    expect(ids(one)).to.equal('abc');
    expect(isUnsettled(one, T + 1)).to.equal(true);
    const later = advanceKnown(one, seen('a', 'b!'), T + 30_002);
    expect(ids(later)).to.equal('a');
    expect(isUnsettled(later, T + 30_002)).to.equal(false);
  });

  it('counts an instance as back when Consul names it again', () => {
    const one = advanceKnown(three, seen('a'), T + 1);
    const back = advanceKnown(one, seen('a', 'b'), T + 2);
    expect(ids(back)).to.equal('abc');
    expect(ids(advanceKnown(back, seen('a', 'b'), T + 30_002))).to.equal('ab');
  });

  it('drops whatever is in maintenance at once, most of the set or all of it', () => {
    expect(ids(advanceKnown(three, seen('a~', 'b~', 'c'), T + 1))).to.equal('c');
    expect(ids(advanceKnown(three, seen('a~', 'b~', 'c~'), T + 1))).to.equal('');
  });

  it('drops what is in maintenance from those that are leaving', () => {
    const one = advanceKnown(three, seen('a'), T + 1);
    expect(ids(advanceKnown(one, seen('a', 'b~'), T + 2))).to.equal('ac');
  });

  it('takes an instance that moved to another address', () => {
    const [a, ...others] = seen('a', 'b', 'c') as [Sighting, Sighting, Sighting];
    const moved = [{ ...a, instance: { ...a.instance, port: 6000 } }, ...others];
    const find = ({ id }: Instance) => id === 'a';
    expect(usable(advanceKnown(three, moved, T + 1)).find(find)?.port).to.equal(6000);
  });

  it('prefers the passing one of two nodes that list the same instance', () => {
    const both = [...seen('a', 'b'), ...seen('a!')];
    expect(ids(advanceKnown(NOTHING_KNOWN, both, T))).to.equal('ab');
    expect(ids(advanceKnown(NOTHING_KNOWN, both.reverse(), T))).to.equal('ab');
  });

  describe('with an instance that flaps', () => {
    /** Fails and passes again so many times, a tenth of a second each. */
    function flap(times: number): { readonly known: KnownSet; readonly now: number } {
      let known = three;
      let now = T;
      for (let n = 0; n < times; n++) {
        known = advanceKnown(known, seen('a', 'b', 'c!'), now + 100);
        expect(ids(known)).to.equal('ab');
        known = advanceKnown(known, seen('a', 'b', 'c'), now + 200);
        now += 200;
      }
      return { known, now };
    }

    it('takes it back at once after the first two failures', () => {
      expect(ids(flap(2).known)).to.equal('abc');
    });

    it('takes it back after the third only when it has passed for 5 s', () => {
      const { known, now } = flap(3);
      expect(ids(known)).to.equal('ab');
      expect(isUnsettled(known, now)).to.equal(true);
      expect(ids(advanceKnown(known, seen('a', 'b', 'c'), now + 4999))).to.equal('ab');
      expect(ids(advanceKnown(known, seen('a', 'b', 'c'), now + 5000))).to.equal('abc');
    });

    it('takes it back at once when it left and came again', () => {
      const { known, now } = flap(3);
      const left = advanceKnown(known, seen('a', 'b'), now + 1);
      expect(ids(advanceKnown(left, seen('a', 'b', 'c'), now + 2))).to.equal('abc');
    });

    it('uses it all the same when nobody else passes', () => {
      const { known, now } = flap(3);
      expect(ids(advanceKnown(known, seen('a!', 'b!', 'c'), now + 1))).to.equal('abc');
    });
  });

  it('stays as it is while all flap in turn', () => {
    let known = advanceKnown(NOTHING_KNOWN, seen('a', 'b'), T);
    const seenAs: string[] = [];
    for (let turn = 1; turn <= 30; turn++) {
      known = advanceKnown(known, turn % 2 ? seen('a', 'b!') : seen('a!', 'b'), T + turn * 100);
      seenAs.push(ids(known));
    }
    expect(new Set(seenAs.slice(6))).to.deep.equal(new Set(['ab']));
  });
});
