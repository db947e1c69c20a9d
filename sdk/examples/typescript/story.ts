import { randomBytes } from 'node:crypto';
import { connect, type FlightClient, FlightError } from '@flight/sdk';
import { FlightStatus } from '@flight/sdk/booking';

const client = connect({ consul: process.env.FLIGHT_CONSUL ?? 'http://localhost:8500' });
const patience = AbortSignal.timeout(60_000);
patience.addEventListener('abort', client.close);

try {
  const traveller = await signUp();
  await search();
  await book(traveller);
  await follow(traveller, `T${randomBytes(4).toString('hex').toUpperCase()}`);
  console.log('done');
} finally {
  client.close();
}

/** Registers somebody new and answers the client that acts for him. */
async function signUp(): Promise<FlightClient & { readonly userId: bigint }> {
  const username = `traveller-${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('base64url');
  const { userId } = await client.users.register({ username, password, email: `${username}@example.com` });
  console.log(`registered as user ${userId}`);
  const login = await client.users.login({ username, password });
  console.log(`signed in as user ${login.userId}`);
  return { ...client.withToken(login.accessToken), userId: login.userId };
}

async function search(): Promise<void> {
  const { flights } = await client.flights.searchFlights({ fromCity: 'Chisinau', toCity: 'London' });
  for (const { flightCode, airline, departure, price, status } of flights)
    console.log(flightCode, airline, departure, price, FlightStatus[status]);
}

/** Books a seat, is refused another one, and gives the first one back. */
async function book({ bookings, userId }: FlightClient & { readonly userId: bigint }): Promise<void> {
  const { booking } = await bookings.bookFlight({ flightCode: 'FL001', paymentMethod: 'credit_card' });
  console.log(`booked ${booking?.flightCode}: booking ${booking?.id}, paid ${booking?.price}`);
  try {
    await bookings.bookFlight({ flightCode: 'FL006', paymentMethod: 'credit_card' });
  } catch (error) {
    if (!(error instanceof FlightError) || error.reason !== 'FLIGHT_CANCELLED') throw error;
    const metadata = Object.entries(error.metadata).map(([name, value]) => `${name}=${value}`);
    console.log(`refused: ${error.reason} ${metadata.join(' ')}`);
  }
  console.log(`bookings: ${(await bookings.listBookings({ userId })).bookings.length}`);
  const canceled = await bookings.cancelBooking({ bookingId: booking?.id ?? 0n });
  console.log(`canceled booking ${canceled.booking?.id}`);
}

/** Publishes three updates of a flight, and hears them. */
async function follow({ flightUpdates, followFlight }: FlightClient, flightCode: string): Promise<void> {
  const publishing = ['Gate opens', 'Boarding', 'Gate closed'];
  const updates = followFlight(flightCode, { after: 0n });
  const first = updates.next();
  for (const update of publishing) await flightUpdates.publishFlightUpdate({ flightCode, update });
  for (let next = await first; !next.done; next = await updates.next()) {
    console.log(`update ${next.value.sequence}: ${next.value.update}`);
    if (next.value.sequence === BigInt(publishing.length)) break;
  }
  await updates.return();
}
