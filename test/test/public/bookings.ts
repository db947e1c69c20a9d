import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@flight/local';
import { expect } from 'chai';
import { type Customer, makeCustomer } from '../../src/customer.js';
import { type Answer, type Ask, createClient } from '../../src/http-client.js';
import type { System } from '../../src/system.js';

/** Whether an answer tells to come back: too many, away, too late, or still being carried out. */
function isPutOff({ status, text }: Answer): boolean {
  return [429, 503, 504].includes(status) || (status === 409 && text.includes('still being carried out'));
}

export function describeBookings(getSystem: () => System): void {
  describe('the documented conversation about bookings', function () {
    this.timeout(120_000);
    let ask: Ask;
    let alice: Customer;
    let bob: Customer;

    before(async () => {
      ask = createClient(getSystem().edgeUrl);
      await ask('GET', '/seed');
      alice = await makeCustomer(ask, 'alice');
      bob = await makeCustomer(ask, 'bob');
    });

    describe('booking', () => {
      it('has none at first', async () => {
        const { status, body } = await ask('GET', `/api/flight/bookings/${alice.userId}`, alice);
        expect([status, body]).to.deep.equal([404, { message: 'No bookings found for this user' }]);
      });

      it('books, lists, cancels, and cancels again', async () => {
        const json = { flightId: 'FL001', paymentMethod: 'credit_card' };
        const booked = await ask('POST', '/api/flight/book-flight', { ...alice, json });
        const { bookingId } = booked.body as { bookingId: number };
        expect([booked.status, booked.body]).to.deep.equal([
          201,
          { message: 'Flight booked successfully', bookingId, flightId: 'FL001', price: 200 },
        ]);
        const entry = {
          bookingId,
          flightCode: 'FL001',
          departure: '2024-10-01 10:00',
          flightStatus: 'On Time',
        };
        const list = await ask('GET', `/api/flight/bookings/${alice.userId}`, alice);
        expect([list.status, list.body]).to.deep.equal([
          200,
          { userId: alice.userId, bookings: [{ ...entry, bookingStatus: 'Confirmed' }] },
        ]);
        for (let times = 0; times < 2; times++) {
          const cancelled = await ask('DELETE', `/api/flight/cancel-booking/${bookingId}`, alice);
          expect([cancelled.status, cancelled.body]).to.deep.equal([
            200,
            { message: 'Booking canceled successfully' },
          ]);
        }
        const after = await ask('GET', `/api/flight/bookings/${alice.userId}`, alice);
        expect(after.body).to.deep.equal({
          userId: alice.userId,
          bookings: [{ ...entry, bookingStatus: 'Canceled' }],
        });
      });

      it('refuses what can not be booked', async () => {
        const refusals: readonly [string, number, string][] = [
          ['FL404', 404, 'Flight not found'],
          ['FL006', 409, 'Flight is cancelled'],
        ];
        for (const [flightId, status, message] of refusals) {
          const answer = await ask('POST', '/api/flight/book-flight', {
            ...alice,
            json: { flightId, paymentMethod: 'cash' },
          });
          expect([answer.status, answer.body]).to.deep.equal([status, { message }]);
        }
      });

      it('asks for a token, and says how', async () => {
        const requests: readonly [string, string][] = [
          ['POST', '/api/flight/book-flight'],
          ['GET', '/api/flight/bookings/1'],
          ['DELETE', '/api/flight/cancel-booking/1'],
        ];
        for (const [method, path] of requests) {
          for (const token of [undefined, 'nonsense', `${alice.token}x`]) {
            const json = method === 'POST' ? { flightId: 'FL001', paymentMethod: 'cash' } : undefined;
            const { status, body, headers } = await ask(method, path, { token, json });
            expect(status).to.equal(401);
            expect(headers.get('www-authenticate')).to.match(/^Bearer/);
            expect((body as { message: string }).message)
              .to.be.a('string')
              .and.not.equal('');
          }
        }
      });

      it("shows nobody somebody else's bookings, and cancels none of them", async () => {
        const json = { flightId: 'FL002', paymentMethod: 'cash' };
        const { body } = await ask('POST', '/api/flight/book-flight', { ...alice, json });
        const { bookingId } = body as { bookingId: number };
        const looked = await ask('GET', `/api/flight/bookings/${alice.userId}`, bob);
        expect(looked.status).to.equal(403);
        const cancelled = await ask('DELETE', `/api/flight/cancel-booking/${bookingId}`, bob);
        expect([cancelled.status, cancelled.body]).to.deep.equal([404, { message: 'Booking not found' }]);
        const missing = await ask('DELETE', '/api/flight/cancel-booking/999999', alice);
        expect([missing.status, missing.body]).to.deep.equal([404, { message: 'Booking not found' }]);
        const mine = await ask('GET', `/api/flight/bookings/${alice.userId}`, alice);
        expect((mine.body as { bookings: object[] }).bookings).to.deep.include({
          bookingId,
          flightCode: 'FL002',
          bookingStatus: 'Confirmed',
          departure: '2024-10-02 15:00',
          flightStatus: 'On Time',
        });
      });

      it('answers a repeated Idempotency-Key with the first answer', async () => {
        const json = { flightId: 'FL003', paymentMethod: 'cash' };
        const headers = { 'idempotency-key': 'order-1' };
        const first = await ask('POST', '/api/flight/book-flight', { ...bob, json, headers });
        const again = await ask('POST', '/api/flight/book-flight', { ...bob, json, headers });
        expect(first.headers.has('idempotency-replayed')).to.equal(false);
        expect([again.status, again.body]).to.deep.equal([201, first.body]);
        expect(again.headers.get('idempotency-replayed')).to.equal('true');
        const other = await ask('POST', '/api/flight/book-flight', {
          ...bob,
          json: { ...json, flightId: 'FL008' },
          headers,
        });
        expect(other.status).to.equal(422);
        const foreign = await ask('POST', '/api/flight/book-flight', { ...alice, json, headers });
        expect(foreign.status).to.equal(201);
        expect(foreign.headers.has('idempotency-replayed')).to.equal(false);
        const malformed = await ask('POST', '/api/flight/book-flight', {
          ...bob,
          json,
          headers: { 'idempotency-key': 'a b' },
        });
        expect(malformed.status).to.equal(400);
      });

      it('sells 180 seats to 500 buyers who come at once, and says so to the others', async () => {
        const json = { flightId: 'FL012', paymentMethod: 'cash' };
        /** Orders until it is said whether there is a seat: when so many come at once, some are told to come back. */
        async function order(n: number): Promise<Answer> {
          const headers = { 'idempotency-key': `seat-${n}` };
          let last: Answer | undefined;
          await until(
            'an order to be answered',
            async () => {
              last = await ask('POST', '/api/flight/book-flight', {
                ...(n % 2 === 0 ? alice : bob),
                json,
                headers,
              });
              if (!isPutOff(last)) return true;
              await pause(Number(last.headers.get('retry-after') ?? 0.1) * 1000);
              return false;
            },
            60_000,
          );
          return last ?? expect.fail('nothing was answered');
        }
        const answers = await Promise.all(Array.from({ length: 500 }, (_, n) => order(n)));
        const sold = answers.filter(({ status }) => status === 201);
        const refused = answers.filter(({ status }) => status === 409);
        expect([sold.length, refused.length]).to.deep.equal([180, 320]);
        for (const { body } of refused) expect(body).to.deep.equal({ message: 'Flight is sold out' });
        const ids = sold.map(({ body }) => (body as { bookingId: number }).bookingId);
        expect(new Set(ids).size).to.equal(180);
      });

      it('gives a cancelled seat back, once', async () => {
        const { body } = await ask('GET', `/api/flight/bookings/${alice.userId}`, alice);
        const { bookings } = body as { bookings: { bookingId: number; flightCode: string }[] };
        const mine = bookings.find(({ flightCode }) => flightCode === 'FL012');
        for (let times = 0; times < 3; times++)
          await ask('DELETE', `/api/flight/cancel-booking/${mine?.bookingId}`, alice);
        const json = { flightId: 'FL012', paymentMethod: 'cash' };
        expect((await ask('POST', '/api/flight/book-flight', { ...bob, json })).status).to.equal(201);
        expect((await ask('POST', '/api/flight/book-flight', { ...bob, json })).status).to.equal(409);
      });
    });

    describe('flight status', () => {
      it('changes for the next search and the next booking', async () => {
        const path = '/api/flight/flights/FL010';
        const changed = await ask('PATCH', path, { ...alice, json: { status: 'Cancelled' } });
        expect(changed.status).to.equal(200);
        const { body } = await ask('GET', '/api/flight/search-flights?from=Chisinau&to=Berlin');
        const { flights } = body as { flights: { flightCode: string; status: string }[] };
        expect(flights.find(({ flightCode }) => flightCode === 'FL010')?.status).to.equal('Cancelled');
        const json = { flightId: 'FL010', paymentMethod: 'cash' };
        expect((await ask('POST', '/api/flight/book-flight', { ...alice, json })).status).to.equal(409);
      });

      it('asks for a token, a known flight, and a status that exists', async () => {
        const json = { status: 'Delayed' };
        expect((await ask('PATCH', '/api/flight/flights/FL001', { json })).status).to.equal(401);
        const unknown = await ask('PATCH', '/api/flight/flights/FL404', { ...alice, json });
        expect([unknown.status, unknown.body]).to.deep.equal([404, { message: 'Flight not found' }]);
        expect(
          (await ask('PATCH', '/api/flight/flights/FL001', { ...alice, json: { status: 'Lost' } })).status,
        ).to.equal(400);
      });
    });
  });
}
