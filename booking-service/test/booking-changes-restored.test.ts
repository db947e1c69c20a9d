import { expect } from 'chai';
import { backUp, restore } from './support/backup.js';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { type Buyer, book, someBuyer, someOrder } from './support/buyers.js';
import { nameOf, readChanges, sumUp } from './support/changes.js';
import { storeFlight } from './support/flights.js';
import { refusalOf } from './support/refusal.js';

describe('the changes of a database that was restored from a backup', function () {
  this.timeout(120_000);
  let bed: BookingBed;
  let instance: Instance;
  let buyer: Buyer;
  let flightCode: string;
  const kept: string[] = [];
  const tokens: string[] = [];

  const order = async () => `${await book(instance, buyer, someOrder(flightCode))} made`;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
    buyer = await someBuyer(bed);
    ({ flightCode } = await storeFlight(bed.sql));
    for (let i = 0; i < 3; i += 1) kept.push(await order());
    tokens.push(...(await readChanges(bed, instance, { batchSize: 1 })).tokens);
    await backUp(bed.sql);
    await order();
    tokens.push((await readChanges(bed, instance)).token);
    await restore(bed.sql);
  });
  after(() => bed.close());

  it('are refused to every token from before, those that were read before the backup too', async () => {
    expect(tokens).to.have.length(6);
    for (const token of tokens)
      expect(await refusalOf(readChanges(bed, instance, { token }))).to.include({
        kind: 'failed_precondition',
        reason: 'CHANGE_TOKEN_LOST',
      });
  });

  it('are told anew from an empty token, and go on from there', async () => {
    const told = await readChanges(bed, instance);
    expect(told.bookings.map(nameOf)).to.deep.equal(kept);
    const { asOf: _, ...counted } = told.checkpoint;
    expect(counted).to.deep.equal({ flights: 1, ...sumUp(told.bookings) });
    const next = await order();
    const { bookings } = await readChanges(bed, instance, { token: told.token });
    expect(bookings.map(nameOf)).to.deep.equal([next]);
  });
});
