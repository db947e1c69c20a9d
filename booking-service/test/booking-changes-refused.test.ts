import { Fault } from '@flight/mesh';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { someBuyer } from './support/buyers.js';
import { readChanges, readToEnd } from './support/changes.js';
import { storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

const GARBAGE = [
  '',
  'x',
  '\0',
  '0',
  '-1',
  '9999999999999999999',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '3:3:',
  '3:9223372036854775807:',
  '10:5:',
  '3:9:8,4',
  '1:1:1:1',
  "'; drop table booking; --",
  0,
  99,
  1e6,
  1.5,
  null,
  [],
  {},
];
const POLITE = ['CHANGE_TOKEN_LOST', 'INVALID_CHANGE_TOKEN'];

describe('the changes of bookings are refused', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instance: Instance;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
  });
  after(() => bed.close());

  const ask = async (wishes: object, options: { readonly credential?: string; readonly token?: string }) => {
    const request = { token: '', batchSize: 0, follow: false, ...wishes };
    const stream = instance.changes.streamBookingChanges(request, options);
    return refusalOf(readToEnd(stream));
  };

  it('to who is neither a service nor staff', async () => {
    expect(await ask({}, {})).to.include({ kind: 'unauthenticated', reason: 'TOKEN_MISSING' });
    const { token } = await someBuyer(bed);
    expect(await ask({}, { token })).to.include({ kind: 'permission_denied', reason: 'STAFF_ONLY' });
    expect(await ask({}, { credential: token })).to.include({ reason: 'TOKEN_INVALID' });
    const credential = await bed.credential();
    expect(await ask({}, { token: credential })).to.include({ reason: 'TOKEN_INVALID' });
  });

  it('not to staff', async () => {
    const { token } = await someBuyer(bed, ['staff']);
    const request = { token: '', batchSize: 10_000, follow: false };
    const messages = await readToEnd(instance.changes.streamBookingChanges(request, { token }));
    expect(messages.at(-1)?.checkpoint).to.not.equal(undefined);
  });

  it('with a batch size that is none', async () => {
    const credential = await bed.credential();
    for (const batchSize of [-1, 10_001, 2 ** 31 - 1])
      expect(await ask({ batchSize }, { credential })).to.include({
        kind: 'invalid_argument',
        reason: 'INVALID_FIELD',
      });
  });

  it('with a token that is none of theirs', async () => {
    const credential = await bed.credential();
    const good = (await readChanges(bed, instance)).token;
    const cases = ['x', good.slice(1), `${good.slice(0, 20)}!`, Buffer.from('["a",1]').toString('base64url')];
    for (const token of cases)
      expect(await ask({ token }, { credential }), token).to.include({
        kind: 'invalid_argument',
        reason: 'INVALID_CHANGE_TOKEN',
      });
  });

  it('politely with a token of theirs of which a part was changed, unless it means something still', async () => {
    const credential = await bed.credential();
    for (let i = 0; i < 3; i += 1) await storeFlight(bed.sql);
    const { tokens } = await readChanges(bed, instance, { batchSize: 1 });
    const parts = JSON.parse(Buffer.from(tokens[0] ?? '', 'base64url').toString()) as readonly unknown[];
    expect(parts).to.have.length(6);
    const reasons = new Set<string>();
    for (const at of parts.keys())
      for (const garbage of GARBAGE) {
        const forged = Buffer.from(JSON.stringify(parts.with(at, garbage))).toString('base64url');
        const outcome = await readChanges(bed, instance, { token: forged }).catch((fault: Fault) => fault);
        if (!(outcome instanceof Fault)) continue;
        expect(outcome.reason, JSON.stringify(garbage)).to.be.oneOf(POLITE);
        reasons.add(outcome.reason);
      }
    expect([...reasons].toSorted()).to.deep.equal(POLITE);
    expect(await ask({ token: 'A'.repeat(500_000) }, { credential })).to.include({ reason: POLITE[1] });
  });
});
