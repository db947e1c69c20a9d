import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Stack, startStack, until } from '@flight/local';
import { connect, type FlightClient } from '@flight/sdk';
import { expect } from 'chai';

/** Long enough for a machine with other things to do, in milliseconds: what is looked for is failures, not slowness. */
const PATIENT = { timeoutMs: 15_000 };
/** Between two calls of the same kind, in milliseconds: a load that leaves the machine to what is tested. */
const PAUSE_MS = 10;

describe('the TypeScript SDK while instances are killed', function () {
  this.timeout(180_000);
  let stack: Stack;
  let client: FlightClient;

  before(async () => {
    stack = await startStack();
    await fetch(`${stack.edgeUrl}/seed`);
    client = connect({ consul: stack.consulUrl });
  });

  after(async () => {
    client?.close();
    await stack?.close();
  });

  async function signUp(): Promise<FlightClient> {
    const username = `traveller-${randomUUID().slice(0, 8)}`;
    const password = randomUUID();
    await client.users.register({ username, password, email: `${username}@example.com` }, PATIENT);
    const { accessToken } = await client.users.login({ username, password }, PATIENT);
    return client.withToken(accessToken);
  }

  it('lets no call fail, sells no seat twice, and gives every update once and in order', async () => {
    const { flights, bookings, flightUpdates, followFlight } = await signUp();
    const flightCode = `T${randomUUID().slice(0, 8).toUpperCase()}`;
    const heard: bigint[] = [];
    let calls = 0;
    let published = 0n;
    let done = false;
    const over = new AbortController();
    const following = (async () => {
      for await (const { sequence } of followFlight(flightCode, { after: 0n, signal: over.signal }))
        heard.push(sequence);
    })().catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
    const repeat = async (call: () => Promise<unknown>) => {
      while (!done) {
        await call();
        calls += 1;
        await pause(PAUSE_MS);
      }
    };
    const working = Promise.all([
      repeat(() => flights.searchFlights({ fromCity: 'Chisinau', toCity: 'London' }, PATIENT)),
      repeat(async () => {
        const { flightUpdate } = await flightUpdates.publishFlightUpdate(
          { flightCode, update: 'news' },
          PATIENT,
        );
        published = flightUpdate?.sequence ?? 0n;
      }),
      repeat(() =>
        bookings
          .bookFlight({ flightCode: 'FL002', paymentMethod: 'cash' }, PATIENT)
          .then(({ booking }) => bookings.cancelBooking({ bookingId: booking?.id ?? 0n }, PATIENT)),
      ),
    ]);
    const killing = (async () => {
      for (const id of ['user_service_1', 'booking_service_1', 'user_service_2', 'booking_service_2']) {
        const before = calls;
        await until('calls to go on', () => calls > before + 50);
        stack.kill(id);
        await stack.untilHealthy();
      }
      done = true;
    })();
    await Promise.all([working, killing]);
    await until('the last update to be heard', () => heard.at(-1) === published);
    over.abort();
    await following;

    expect(heard).to.deep.equal(heard.map((_, index) => BigInt(index + 1)));
    const { flight } = await flights.getFlight({ flightCode: 'FL002' }, PATIENT);
    expect(flight?.seatsLeft, 'each seat that was booked was given back').to.equal(flight?.seatsTotal);
  });
});
