import { until } from '@flight/local';
import { expect } from 'chai';
import { type Customer, makeCustomer } from '../../src/customer.js';
import { type Ask, createClient } from '../../src/http-client.js';
import type { System } from '../../src/system.js';
import { connect } from '../../src/update-socket.js';

/** The default flights as the API documents them. */
const CHISINAU_LONDON = [
  {
    flightCode: 'FL001',
    airline: 'WizzAir',
    departure: '2024-10-01 10:00',
    arrival: '2024-10-01 12:00',
    price: 200,
    status: 'On Time',
  },
  {
    flightCode: 'FL002',
    airline: 'FlyOne',
    departure: '2024-10-02 15:00',
    arrival: '2024-10-02 17:00',
    price: 180,
    status: 'On Time',
  },
  {
    flightCode: 'FL006',
    airline: 'Ryanair',
    departure: '2024-10-07 17:00',
    arrival: '2024-10-07 19:00',
    price: 150,
    status: 'Cancelled',
  },
];
const CHISINAU_BERLIN = [
  {
    flightCode: 'FL003',
    airline: 'WizzAir',
    departure: '2024-10-03 09:00',
    arrival: '2024-10-03 11:00',
    price: 220,
    status: 'On Time',
  },
  {
    flightCode: 'FL008',
    airline: 'WizzAir',
    departure: '2024-10-09 16:15',
    arrival: '2024-10-09 18:00',
    price: 210,
    status: 'On Time',
  },
  {
    flightCode: 'FL010',
    airline: 'Air Moldova',
    departure: '2024-10-11 05:30',
    arrival: '2024-10-11 07:30',
    price: 270,
    status: 'On Time',
  },
];
const ELSEWHERE: Readonly<Record<string, readonly object[]>> = {
  Japan: [
    {
      flightCode: 'FL005',
      airline: 'Japan Airlines',
      departure: '2024-10-06 07:45',
      arrival: '2024-10-06 17:55',
      price: 600,
      status: 'On Time',
    },
  ],
  Rome: [
    {
      flightCode: 'FL007',
      airline: 'FlyOne',
      departure: '2024-10-08 22:00',
      arrival: '2024-10-09 00:30',
      price: 230,
      status: 'On Time',
    },
  ],
  Paris: [
    {
      flightCode: 'FL004',
      airline: 'Air Moldova',
      departure: '2024-10-05 12:30',
      arrival: '2024-10-05 14:30',
      price: 250,
      status: 'Delayed',
    },
    {
      flightCode: 'FL009',
      airline: 'EasyJet',
      departure: '2024-10-10 10:00',
      arrival: '2024-10-10 12:30',
      price: 190,
      status: 'On Time',
    },
  ],
  Istanbul: [
    {
      flightCode: 'FL012',
      airline: 'Turkish Airlines',
      departure: '2024-10-13 18:45',
      arrival: '2024-10-13 21:00',
      price: 250,
      status: 'On Time',
    },
  ],
};

export function describeConversation(getSystem: () => System): void {
  describe('the documented conversation', function () {
    this.timeout(120_000);
    let system: System;
    let ask: Ask;
    let alice: Customer;

    before(() => {
      system = getSystem();
      ask = createClient(system.edgeUrl);
    });

    describe('status', () => {
      it('names all instances of both services', async () => {
        type Services = Record<'user_service' | 'booking_service', { url: string; instance: string }[]>;
        const status = () => ask('GET', '/api/discovery/status');
        // Consul told us that all are there a moment before it tells the edge.
        await until('the edge to know all instances', async () => {
          const { services } = (await status()).body as { services: Services };
          return services.user_service.length + services.booking_service.length === 6;
        });
        const answer = await status();
        const { services } = answer.body as { services: Services };
        expect([answer.status, answer.body]).to.deep.equal([
          200,
          { status: 'Service Discovery is running', services },
        ]);
        for (const name of ['user_service', 'booking_service'] as const) {
          const found = services[name];
          expect(found.map(({ instance }) => instance).sort()).to.deep.equal(
            [1, 2, 3].map((n) => `${name}_${n}`),
          );
          for (const { url } of found) expect(url).to.match(/^http:\/\/[^/:]+:\d+$/);
          if (system.stack)
            expect(found).to.have.deep.members(
              system.stack.instances
                .filter(({ id }) => id.startsWith(name))
                .map(({ id, grpcAddress }) => ({ url: `http://${grpcAddress}`, instance: id })),
            );
        }
      });

      it('tells that the gateway runs, where, and for how long', async () => {
        const { status, body } = await ask('GET', '/api/gateway/status');
        expect(status).to.equal(200);
        expect(body).to.have.all.keys('status', 'port', 'uptime');
        expect(body).to.deep.include({
          status: 'Gateway is running',
          port: Number(new URL(system.edgeUrl).port),
        });
        expect((body as { uptime: number }).uptime).to.be.above(0);
      });
    });

    describe('seeding', () => {
      it('finds no flights before', async () => {
        const { status, body } = await ask('GET', '/api/flight/search-flights?from=Chisinau&to=London');
        expect([status, body]).to.deep.equal([404, { message: 'No flights found' }]);
      });

      it('adds the default flights once', async () => {
        const first = await ask('GET', '/seed');
        expect([first.status, first.body]).to.deep.equal([201, { message: 'Default flight data added.' }]);
        for (const path of ['/seed', '/api/flight/seed']) {
          const again = await ask('GET', path);
          expect([again.status, again.body]).to.deep.equal([200, { message: 'Flight data already exists.' }]);
        }
      });
    });

    describe('registration and sign-in', () => {
      it('registers the documented user, once', async () => {
        const json = { username: 'johndoe', password: 'securepassword123', email: 'johndoe@example.com' };
        const first = await ask('POST', '/api/auth/register', { json });
        expect([first.status, first.body]).to.deep.equal([
          201,
          { message: 'User registered successfully', userId: 1 },
        ]);
        const taken = { message: 'Username or Email already exists' };
        for (const again of [
          json,
          { ...json, email: 'other@example.com' },
          { ...json, username: 'other' },
          { ...json, username: 'JohnDoe' },
        ]) {
          const { status, body } = await ask('POST', '/api/auth/register', { json: again });
          expect([status, body]).to.deep.equal([400, taken]);
        }
      });

      it('asks for what is missing', async () => {
        for (const json of [
          {},
          { username: 'a', password: 'b' },
          { username: '', password: 'b', email: 'a@b.example' },
        ]) {
          const { status, body } = await ask('POST', '/api/auth/register', { json });
          expect([status, body]).to.deep.equal([400, { message: 'Missing username, password, or email' }]);
        }
        for (const json of [{}, { username: 'a' }, { password: 'b' }]) {
          const { status, body } = await ask('POST', '/api/auth/login', { json });
          expect([status, body]).to.deep.equal([400, { message: 'Missing username or password' }]);
        }
      });

      it('signs the user in with a token', async () => {
        const { status, body } = await ask('POST', '/api/auth/login', {
          json: { username: 'johndoe', password: 'securepassword123' },
        });
        expect(status).to.equal(200);
        expect(body).to.have.all.keys('message', 'userId', 'token');
        expect(body).to.deep.include({ message: 'Login successful', userId: 1 });
        expect((body as { token: string }).token.split('.')).to.have.length(3);
      });

      it('does not tell a wrong password from an unknown name', async () => {
        for (const json of [
          { username: 'johndoe', password: 'wrong' },
          { username: 'nobody', password: 'wrong' },
        ]) {
          const { status, body, headers } = await ask('POST', '/api/auth/login', { json });
          expect([status, body]).to.deep.equal([401, { message: 'Invalid username or password' }]);
          expect(headers.get('www-authenticate')).to.match(/^Bearer/);
        }
      });

      it('publishes the keys that tokens are verified with', async () => {
        const { status, body } = await ask('GET', '/.well-known/jwks.json');
        expect(status).to.equal(200);
        const { keys } = body as { keys: Record<string, string>[] };
        expect(keys.length).to.be.above(0);
        for (const key of keys)
          expect(key).to.include.keys('kid', 'kty', 'alg', 'use').and.not.have.property('d');
      });
    });

    describe('search', () => {
      const search = (from: string, to: string) =>
        ask('GET', `/api/flight/search-flights?${new URLSearchParams({ from, to })}`);

      it('answers the documented flights', async () => {
        const london = await search('Chisinau', 'London');
        expect([london.status, london.body]).to.deep.equal([200, { flights: CHISINAU_LONDON }]);
        expect((await search('Chisinau', 'Berlin')).body).to.deep.equal({ flights: CHISINAU_BERLIN });
      });

      it('knows all the others', async () => {
        for (const [to, flights] of Object.entries(ELSEWHERE)) {
          expect((await search('Chisinau', to)).body).to.deep.equal({ flights });
        }
      });

      it('ignores case and outer blanks', async () => {
        expect((await search('  cHISINAU ', 'LONDON')).body).to.deep.equal({ flights: CHISINAU_LONDON });
      });

      it('says when there is none, and what is missing', async () => {
        const none = await search('Chisinau', 'Atlantis');
        expect([none.status, none.body]).to.deep.equal([404, { message: 'No flights found' }]);
        for (const path of ['?from=Chisinau', '?to=London', '', '?from=&to=London']) {
          const { status, body } = await ask('GET', `/api/flight/search-flights${path}`);
          expect(status).to.equal(400);
          expect((body as { message: string }).message).to.match(/from|to/);
        }
      });
    });

    describe('subscriptions', () => {
      before(async () => {
        alice = await makeCustomer(ask, 'alice');
      });

      it('are an empty list at first, and a 404 for nobody', async () => {
        const none = await ask('GET', `/api/auth/user-subscriptions/${alice.userId}`);
        expect([none.status, none.body]).to.deep.equal([200, { userId: alice.userId, flights: [] }]);
        const nobody = await ask('GET', '/api/auth/user-subscriptions/999999');
        expect([nobody.status, nobody.body]).to.deep.equal([404, { message: 'User not found' }]);
      });

      it('are listed once made', async () => {
        const socket = await connect(system.edgeUrl, alice.token);
        for (const flight_code of ['fl002', 'FL001']) await socket.ask('subscribe', { flight_code });
        await socket.close();
        const { status, body } = await ask('GET', `/api/auth/user-subscriptions/${alice.userId}`);
        expect([status, body]).to.deep.equal([200, { userId: alice.userId, flights: ['FL001', 'FL002'] }]);
      });

      it('need no token, but a sent one must be good', async () => {
        const { status } = await ask('GET', `/api/auth/user-subscriptions/${alice.userId}`, {
          token: 'nonsense',
        });
        expect(status).to.equal(401);
      });
    });
  });
}
