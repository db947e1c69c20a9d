import { expect } from 'chai';
import { firstAnswer, type Way } from '../../src/postgres/first-answer.js';

const OFF = new Error('off');
const BAD = new Error('bad');
const isOff = (error: unknown) => error === OFF;

/** A way that is answered, failed or left alone by the test, and tells whether it was asked and called off. */
function openWay(silentMs = 0, afterSilenceMs = 100) {
  let settle: { resolve(answer: string): void; reject(error: Error): void } | undefined;
  let wanted: AbortSignal | undefined;
  let looks = 0;
  const way: Way<string> = {
    ask(signal) {
      wanted = signal;
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
    silentMs() {
      looks += 1;
      return self.silentMs;
    },
    afterSilenceMs,
  };
  const self = {
    way,
    silentMs,
    answer: (text: string) => settle?.resolve(text),
    fail: (error: Error) => settle?.reject(error),
    get asked() {
      return wanted !== undefined;
    },
    get calledOff() {
      return wanted?.aborted ?? false;
    },
    /** How often it was asked for its silence. */
    get looks() {
      return looks;
    },
  };
  return self;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function untilTrue(what: string, isTrue: () => boolean): Promise<void> {
  const began = Date.now();
  while (!isTrue()) {
    if (Date.now() - began > 5000) throw new Error(`it was not ${what}`);
    await turn();
  }
}

const untilAsked = (way: { readonly asked: boolean }) => untilTrue('asked', () => way.asked);
const untilLooked = (way: { readonly looks: number }, times: number) =>
  untilTrue(`looked at ${times} times`, () => way.looks >= times);

describe('the first answer of several ways', () => {
  const never = new AbortController().signal;

  it('is the first way’s when it answers, and nobody else is asked', async () => {
    const [one, two] = [openWay(), openWay()];
    const answer = firstAnswer([one.way, two.way], isOff, never);
    one.answer('one');
    expect(await answer).to.equal('one');
    expect(two.asked).to.equal(false);
  });

  it('comes from the second way as soon as the first has failed', async () => {
    const [one, two] = [openWay(), openWay()];
    const answer = firstAnswer([one.way, two.way], isOff, never);
    one.fail(OFF);
    await turn();
    two.answer('two');
    expect(await answer).to.equal('two');
  });

  it('comes from the second way while the first keeps silent, which is called off then', async () => {
    const [one, two] = [openWay(150), openWay()];
    const answer = firstAnswer([one.way, two.way], isOff, never);
    await untilAsked(two);
    two.answer('two');
    expect(await answer).to.equal('two');
    expect(one.calledOff).to.equal(true);
  });

  it('is sought on a way that waits for a longer silence only after that', async () => {
    const [one, two] = [openWay(150), openWay(0, 500)];
    const answer = firstAnswer([one.way, two.way], isOff, never);
    await untilLooked(one, 3);
    expect(two.asked).to.equal(false);
    one.silentMs = 600;
    await untilAsked(two);
    two.answer('two');
    expect(await answer).to.equal('two');
  });

  it('may still come from the first way after the second was asked and failed', async () => {
    const [one, two] = [openWay(150), openWay()];
    const answer = firstAnswer([one.way, two.way], isOff, never);
    await untilAsked(two);
    two.fail(OFF);
    await turn();
    one.answer('late');
    expect(await answer).to.equal('late');
  });

  it('fails at once with what no other way would answer differently', async () => {
    const [one, two] = [openWay(), openWay()];
    const answer = firstAnswer([one.way, two.way], isOff, never).catch((error: unknown) => error);
    one.fail(BAD);
    expect(await answer).to.equal(BAD);
    expect(two.asked).to.equal(false);
  });

  it('fails when the last way has failed', async () => {
    const [one, two] = [openWay(), openWay()];
    const answer = firstAnswer([one.way, two.way], isOff, never).catch((error: unknown) => error);
    one.fail(OFF);
    await turn();
    two.fail(OFF);
    expect(await answer).to.equal(OFF);
  });

  it('ends with the caller’s reason when he leaves, and calls off who is being asked', async () => {
    const caller = new AbortController();
    const [one, two] = [openWay(), openWay()];
    const answer = firstAnswer([one.way, two.way], isOff, caller.signal).catch((error: unknown) => error);
    caller.abort(BAD);
    expect(await answer).to.equal(BAD);
    expect([one.calledOff, two.asked]).to.deep.equal([true, false]);
  });
});
