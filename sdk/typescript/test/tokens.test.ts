import { inspect } from 'node:util';
import { Code } from '@connectrpc/connect';
import { until } from '@flight/local';
import { expect } from 'chai';
import type { FlightClient } from '../src/index.js';
import { type BookingInstances, ORDER, openBookingInstances } from './support/booking-instances.js';
import { caught } from './support/caught.js';

describe('the token of a call of the TypeScript SDK', () => {
  let instances: BookingInstances;
  let client: FlightClient;

  beforeEach(async () => {
    instances = await openBookingInstances();
    client = instances.client;
  });

  afterEach(() => instances.close());

  const authorizations = () => instances.seen.map(({ header }) => header.get('authorization'));

  it('goes along with the calls of who has one, and with no others', async () => {
    const mine = client.withToken('abc');
    await mine.bookings.bookFlight(ORDER);
    await client.bookings.bookFlight(ORDER);
    expect(authorizations()).to.deep.equal(['Bearer abc', null]);
  });

  it('may be given anew for every call', async () => {
    let given = 0;
    const mine = client.withToken(async () => `token-${++given}`);
    await mine.bookings.bookFlight(ORDER);
    await mine.bookings.bookFlight(ORDER);
    expect(authorizations()).to.deep.equal(['Bearer token-1', 'Bearer token-2']);
  });

  describe('that its function fails to give', () => {
    it('makes the call UNAUTHENTICATED, and says why', async () => {
      const cause = new Error('no keychain');
      const mine = client.withToken(() => Promise.reject(cause));
      const error = await caught(mine.bookings.bookFlight({ ...ORDER, requestId: 'mine' }));
      expect(error).to.include({
        code: Code.Unauthenticated,
        reason: undefined,
        cause,
        requestId: 'mine',
        method: 'flight.booking.v1.BookingService/BookFlight',
      });
      const atOnce = client.withToken(() => {
        throw cause;
      });
      expect(await caught(atOnce.bookings.bookFlight(ORDER))).to.include({ cause });
      expect(instances.seen).to.deep.equal([]);
    });

    it('makes the call fail with what another call told', async () => {
      const mine = client.withToken(async () => {
        await client.users.simulateFailure({});
        return 'never';
      });
      const error = await caught(mine.bookings.bookFlight(ORDER));
      expect(error).to.include({ code: Code.Unavailable, reason: 'DATABASE_UNAVAILABLE' });
    });
  });

  it('is never shown when it can’t be sent', async () => {
    for (const token of ['secret\n', 'secret\r', 'secrét-secret', 'secret\u0007', 'secret☃']) {
      const calls = [
        client.withToken(token).bookings.bookFlight(ORDER),
        client.withToken(async () => token).bookings.bookFlight(ORDER),
        client.bookings.bookFlight(ORDER, { headers: { authorization: `Bearer ${token}.` } }),
      ];
      const errors = await Promise.all(calls.map(caught));
      const codes = [Code.Unauthenticated, Code.Unauthenticated, Code.InvalidArgument];
      expect(errors.map(({ code }) => code)).to.deep.equal(codes);
      for (const error of errors) expect(inspect(error, { depth: 9 })).not.to.contain('secr');
    }
    expect(instances.seen).to.deep.equal([]);
  });

  it('is a string, whatever untyped code gives', async () => {
    const mine = client.withToken((() => undefined) as unknown as () => string);
    const error = await caught(mine.bookings.bookFlight(ORDER));
    expect(error).to.include({
      code: Code.Unauthenticated,
      message: 'A token is a string, not undefined',
    });
  });

  describe('that does not come', () => {
    let signals: AbortSignal[];
    let mine: FlightClient;

    beforeEach(() => {
      signals = [];
      mine = client.withToken((signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      });
    });

    it('is waited for as long as the call may take', async () => {
      const error = await caught(mine.bookings.bookFlight(ORDER, { timeoutMs: 50 }));
      expect(error).to.include({ code: Code.DeadlineExceeded });
      expect(signals[0]?.aborted).to.equal(true);
    });

    it('is waited for as long as somebody waits', async () => {
      const leaving = new AbortController();
      const { signal } = leaving;
      const left = caught(mine.bookings.bookFlight(ORDER, { signal, timeoutMs: 60_000 }));
      const closed = caught(mine.bookings.bookFlight(ORDER, { timeoutMs: 60_000 }));
      await until('both to be asked for', () => signals.length === 2);
      leaving.abort();
      expect(await left).to.include({ code: Code.Canceled });
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, false]);
      client.close();
      expect(await closed).to.include({ code: Code.Canceled });
      expect(signals[1]?.aborted).to.equal(true);
    });

    it('is not waited for when its function itself closes the client', async () => {
      const closing = client.withToken(() => {
        client.close();
        return new Promise(() => undefined);
      });
      expect(await caught(closing.bookings.bookFlight(ORDER))).to.include({ code: Code.Canceled });
    });

    it('is not asked for when nobody waits', async () => {
      const call = mine.bookings.bookFlight(ORDER, { signal: AbortSignal.abort() });
      expect(await caught(call)).to.include({ code: Code.Canceled });
      client.close();
      expect(await caught(mine.bookings.bookFlight(ORDER))).to.include({ code: Code.Canceled });
      expect(signals).to.deep.equal([]);
    });
  });
});
