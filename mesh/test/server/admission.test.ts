import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { type Admission, createAdmission } from '../../src/server/admission.js';
import { createLoopWatch } from '../../src/server/loop-watch.js';

const SEARCH = '/flight.booking.v1.FlightService/SearchFlights';
const GET = '/flight.booking.v1.FlightService/GetFlight';

describe('admission to a server', () => {
  let shed: string[];
  let admission: Admission;

  beforeEach(() => {
    shed = [];
    admission = createAdmission({ ceiling: 2, onShed: (method) => shed.push(method) });
  });

  afterEach(() => admission.close());

  function refusalOf(method: string): Fault | undefined {
    try {
      admission.enter(method);
      return undefined;
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
  }

  it('refuses what is beyond the limit, says when to come back, and lets others in when one leaves', () => {
    expect([refusalOf(SEARCH), refusalOf(GET)]).to.deep.equal([undefined, undefined]);
    expect(refusalOf(SEARCH)).to.deep.include({ kind: 'resource_exhausted', reason: 'OVERLOADED' });
    expect(refusalOf(GET)?.retryAfterMs).to.equal(250);
    expect(shed).to.deep.equal([SEARCH, GET]);
    expect(admission.inFlight).to.equal(2);
    admission.leave();
    expect(refusalOf(SEARCH)).to.equal(undefined);
  });

  it('lowers its limit while the event loop can not keep up, and raises it again', async () => {
    const wide = createAdmission({ ceiling: 200, onShed: () => undefined });
    for (let call = 0; call < 150; call++) wide.enter(SEARCH);
    await turnLoop(90, () => wide.limit < 150);
    expect(() => wide.enter(SEARCH)).to.throw(Fault, 'Too many calls');
    for (let call = 0; call < 150; call++) wide.leave();
    await turnLoop(0, () => wide.limit === 200);
    wide.close();
  });
});

describe('the watch of the event loop', () => {
  it('tells the shortest wait of a round, so that one long block is no queue', async () => {
    const rounds: number[] = [];
    const watch = createLoopWatch((standingMs) => rounds.push(standingMs));
    watch.start();
    block(200);
    await turnLoop(0, () => rounds.length > 0);
    await turnLoop(100, () => rounds.length > 2);
    watch.stop();
    // With the block it would be about 180.
    expect(rounds[0]).to.be.below(100);
    expect(rounds.at(-1)).to.be.above(50);
  });
});

/** Turns the event loop until something is so; each turn takes so many milliseconds. */
async function turnLoop(blockMs: number, isSo: () => boolean): Promise<void> {
  for (const began = Date.now(); !isSo(); ) {
    if (Date.now() - began > 10_000) throw new Error('it did not become so');
    block(blockMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function block(ms: number): void {
  for (const began = performance.now(); performance.now() - began < ms; );
}
