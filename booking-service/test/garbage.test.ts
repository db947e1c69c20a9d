import { settleInTurns } from '@flight/local';
import { Fault } from '@flight/mesh';
import { FlightStatus } from '@flight/proto/booking';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { type BookingBed, type Instance, openBookingBed } from './support/booking-bed.js';
import { type Buyer, someBuyer, someOrder } from './support/buyers.js';
import { countSeats, storeFlight } from './support/flights.js';
import { sendBytes } from './support/send-bytes.js';

const TEXTS = [
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '\u{FFFE}',
  '\u2028',
  '\u202e',
  '\x7f',
  '   ',
  '\t\n',
  "'; drop table booking; --",
  '%00',
  '*',
  '}{',
  '{"$ne":null}',
  '\u{1F6EB}'.repeat(40),
  'e\u0301'.repeat(80),
  '\uFDFA'.repeat(80),
  'İ'.repeat(60),
  'x'.repeat(257),
  'x'.repeat(100_000),
  Buffer.from('["check",[]]').toString('base64url'),
  Buffer.from('{"__proto__":[]}').toString('base64url'),
  Buffer.from(`["${'A'.repeat(16)}",["2024-10-01 10:00","FL001"]]`).toString('base64url'),
];
const IDS = [-1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const SIZES = [-1, 1001, 2 ** 31 - 1, -(2 ** 31)];

/** Field 1 as a varint of 2^63 - 1, and field 1 as a string that ends before its length. */
const MALFORMED = [Buffer.from('08ffffffffffffffff7f', 'hex'), Buffer.from('0a7f41', 'hex')];

/** So many calls no instance refuses for being too many, however busy the machine is. */
const AT_ONCE = 32;

/** What a stranger may be told. Anything else would be a defect of ours. */
const POLITE = ['invalid_argument', 'unauthenticated', 'not_found', 'permission_denied'];

describe('garbage', function () {
  this.timeout(60_000);
  let bed: BookingBed;
  let instance: Instance;
  let buyer: Buyer;
  let flightCode: string;

  before(async () => {
    bed = await openBookingBed();
    instance = await bed.start();
    buyer = await someBuyer(bed);
    ({ flightCode } = await storeFlight(bed.sql));
  });
  after(() => bed.close());

  /** Makes calls, of which each is answered or refused politely; answers how many were refused. */
  async function countPoliteRefusals(calls: readonly (() => Promise<unknown>)[]): Promise<number> {
    const outcomes = await settleInTurns(calls, AT_ONCE);
    const faults = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const fault of faults) {
      expect(fault).to.be.instanceOf(Fault);
      expect(fault.kind, fault.message).to.be.oneOf(POLITE);
      expect(fault.message).to.not.match(/syntax|column|relation|byte sequence|at \S+:\d+/i);
    }
    return faults.length;
  }

  it('in a search is refused politely or finds nothing', async () => {
    const { searchFlights } = instance.flights;
    const calls = TEXTS.flatMap((garbage) => [
      () => searchFlights({ fromCity: garbage, toCity: 'London', pageSize: 0, pageToken: '' }),
      () => searchFlights({ fromCity: 'London', toCity: garbage, pageSize: 0, pageToken: '' }),
    ]);
    await countPoliteRefusals(calls);
    const tokens = TEXTS.map(
      (pageToken) => () => searchFlights({ fromCity: 'a', toCity: 'b', pageSize: 0, pageToken }),
    );
    const sizes = SIZES.map(
      (pageSize) => () => searchFlights({ fromCity: 'a', toCity: 'b', pageSize, pageToken: '' }),
    );
    expect(await countPoliteRefusals([...tokens, ...sizes])).to.equal(tokens.length + sizes.length);
  });

  it('in a flight code names no flight', async () => {
    const calls = TEXTS.flatMap((garbage) => [
      () => instance.flights.getFlight({ flightCode: garbage }),
      () =>
        instance.flights.setFlightStatus(
          { flightCode: garbage, status: FlightStatus.DELAYED, requestId: '' },
          buyer,
        ),
      () => instance.bookings.bookFlight(someOrder(garbage), buyer),
    ]);
    expect(await countPoliteRefusals(calls)).to.equal(calls.length);
  });

  it('in a request id or a token is refused', async () => {
    const ids = TEXTS.filter((garbage) => !/^[\x21-\x7e]{1,255}$/.test(garbage)).flatMap((requestId) => [
      () => instance.bookings.bookFlight(someOrder(flightCode, { requestId }), buyer),
      () => instance.bookings.cancelBooking({ bookingId: 1, requestId }, buyer),
      () => instance.flights.setFlightStatus({ flightCode, status: FlightStatus.DELAYED, requestId }, buyer),
      () => instance.flights.seedFlights({ requestId }),
    ]);
    const tokens = ['a.b.c', 'x'.repeat(5000), '..'].map(
      (token) => () => instance.bookings.bookFlight(someOrder(flightCode), { token }),
    );
    expect(await countPoliteRefusals([...ids, ...tokens])).to.equal(ids.length + tokens.length);
    expect(await countSeats(bed.sql, flightCode)).to.deep.equal({ left: 180, confirmed: 0 });
  });

  it('in a payment method is refused, or booked as it was said', async () => {
    const orders = TEXTS.map((paymentMethod) => someOrder(flightCode, { paymentMethod }));
    const refused = await countPoliteRefusals(
      orders.map((order) => () => instance.bookings.bookFlight(order, buyer)),
    );
    const { confirmed } = await countSeats(bed.sql, flightCode);
    expect(refused).to.be.at.least(10);
    expect(confirmed).to.equal(orders.length - refused);
    const { rows } = await bed.sql.query(`select from booking where payment_method ~ '[[:cntrl:]]'`);
    expect(rows).to.deep.equal([]);
  });

  it('in a number is refused', async () => {
    const { cancelBooking, listBookings } = instance.bookings;
    const calls = [
      ...IDS.map((bookingId) => () => cancelBooking({ bookingId, requestId: '' }, buyer)),
      ...IDS.map((userId) => () => listBookings({ userId, pageSize: 0, pageToken: '' }, buyer)),
      ...SIZES.map(
        (pageSize) => () => listBookings({ userId: buyer.userId, pageSize, pageToken: '' }, buyer),
      ),
      ...TEXTS.map(
        (pageToken) => () => listBookings({ userId: buyer.userId, pageSize: 0, pageToken }, buyer),
      ),
    ];
    expect(await countPoliteRefusals(calls)).to.equal(calls.length);
  });

  it('that is no message at all is refused too', async () => {
    const paths = ['GetFlight', 'SearchFlights'].map(
      (method) => `/flight.booking.v1.FlightService/${method}`,
    );
    paths.push('/flight.booking.v1.BookingService/CancelBooking');
    for (const path of paths) {
      for (const bytes of MALFORMED) {
        expect(await sendBytes(instance, path, bytes), path).to.be.oneOf([
          status.INVALID_ARGUMENT,
          status.UNAUTHENTICATED,
        ]);
      }
    }
  });
});
