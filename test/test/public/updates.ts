import { setTimeout as pause } from 'node:timers/promises';
import { type Stack, until } from '@flight/local';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { type Customer, makeCustomer } from '../../src/customer.js';
import { type Ask, createClient } from '../../src/http-client.js';
import { connect, refusedUpgrade, type UpdateSocket } from '../../src/update-socket.js';

export function describeUpdates(getSystem: () => Stack): void {
  describe('flight updates over WebSocket, on two edges', function () {
    this.timeout(180_000);
    let stack: Stack;
    let edges: readonly string[];
    let ask: Ask;
    let alice: Customer;
    let bob: Customer;
    const open: UpdateSocket[] = [];

    before(async () => {
      stack = getSystem();
      edges = stack.instances.flatMap(({ httpUrl }) => httpUrl ?? []);
      ask = createClient(stack.edgeUrl);
      await ask('GET', '/seed');
      alice = await makeCustomer(ask, 'alice');
      bob = await makeCustomer(ask, 'bob');
    });

    afterEach(() => Promise.all(open.splice(0).map((socket) => socket.close())));

    async function connected({ token }: Customer, edge = 0, path?: string): Promise<UpdateSocket> {
      const socket = await connect(edges[edge] ?? '', token, path);
      open.push(socket);
      return socket;
    }

    /** A socket that is subscribed to a flight and in its room. */
    async function member(customer: Customer, flight_code: string, edge = 0): Promise<UpdateSocket> {
      const socket = await connected(customer, edge);
      await socket.ask('subscribe', { flight_code });
      expect((await socket.ask('connect-room', { flight_code })).event).to.equal('connect-room');
      return socket;
    }

    it('has the documented conversation, word for word', async () => {
      const socket = await connected(alice);
      const data = { flight_code: 'FL001' };
      const steps: readonly [string, object, object][] = [
        ['subscribe', data, { message: 'Subscribed to flight updates for FL001' }],
        ['subscribe', data, { message: 'Already subscribed to flight updates for FL001' }],
        ['connect-room', data, { message: 'Connected to room flight_updates_FL001 for flight updates.' }],
        [
          'broadcast_update',
          { ...data, update: 'Flight is now boarding' },
          { update: 'Flight is now boarding' },
        ],
        ['disconnect-room', data, { message: 'Disconnected from room flight_updates_FL001.' }],
        ['unsubscribe', data, { message: 'Unsubscribed from flight updates for FL001' }],
      ];
      for (const [index, [event, sent, answered]] of steps.entries()) {
        expect(await socket.ask(event, sent)).to.deep.equal({ event, id: index + 1, data: answered });
      }
      expect(socket.updates('FL001')).to.deep.equal([
        {
          event: 'flight_update',
          room: 'flight_updates_FL001',
          seq: 1,
          data: { update: 'Flight is now boarding' },
        },
      ]);
    });

    it('answers without an id when none was sent', async () => {
      const socket = await connected(alice);
      socket.sendRaw(JSON.stringify({ event: 'subscribe', data: { flight_code: 'fl002' } }));
      const answer = await socket.frame('answer', ({ event }) => event === 'subscribe');
      expect(answer).to.deep.equal({
        event: 'subscribe',
        data: { message: 'Subscribed to flight updates for FL002' },
      });
    });

    it('refuses by an error that names the failed event', async () => {
      const socket = await connected(bob);
      const refusals: readonly [string, object, string][] = [
        ['connect-room', { flight_code: 'FL003' }, `User ${bob.userId} is not subscribed to flight FL003.`],
        ['subscribe', {}, 'Flight code is missing'],
        ['broadcast_update', { flight_code: 'FL001' }, 'Flight code or update is missing'],
        ['broadcast_update', { update: 'x' }, 'Flight code or update is missing'],
        ['subscribe', { flight_code: 'not a code' }, 'Flight code is invalid'],
      ];
      for (const [event, data, message] of refusals) {
        const answer = await socket.ask(event, data);
        expect(answer.event).to.equal('error');
        expect(answer.data).to.include({ message, event });
        expect(answer.data.reason).to.match(/^[A-Z_]+$/);
      }
    });

    it('lets nobody in without a good token, and takes one as a subprotocol', async () => {
      const url = `${edges[0]}/ws`;
      for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
        const refused = await refusedUpgrade(url, headers);
        expect(refused.status).to.equal(401);
        expect(refused.headers['www-authenticate']).to.match(/^Bearer/);
        expect(JSON.parse(refused.body).message).to.be.a('string');
      }
      expect((await refusedUpgrade(url, {}, ['flight.v1', 'bearer.nonsense'])).status).to.equal(401);
      const browser = new WebSocket(url.replace('http', 'ws'), ['flight.v1', `bearer.${alice.token}`]);
      await new Promise((resolve, reject) => browser.once('open', resolve).once('error', reject));
      expect(browser.protocol).to.equal('flight.v1');
      await new Promise((resolve) => {
        browser.once('close', resolve);
        browser.close();
      });
      await connected(alice, 0, '/');
    });

    it('reaches everybody in the room, whichever edge they sit on, in the same order', async () => {
      const here = await member(alice, 'FL004', 0);
      const there = await member(bob, 'FL004', 1);
      const senders = [here, there];
      await Promise.all(
        Array.from({ length: 16 }, (_, n) =>
          senders[n % 2]?.ask('broadcast_update', { flight_code: 'FL004', update: `news ${n}` }),
        ),
      );
      const last = 16;
      for (const socket of senders)
        await socket.frame('last update', ({ seq, room }) => room === 'flight_updates_FL004' && seq === last);
      const seen = senders.map((socket) =>
        socket.updates('FL004').map(({ seq, data }) => [seq, data.update]),
      );
      expect(seen[0]?.map(([seq]) => seq)).to.deep.equal(Array.from({ length: last }, (_, n) => n + 1));
      expect(seen[1]).to.deep.equal(seen[0]);
    });

    it('keeps a subscription across reconnects, and lists it', async () => {
      const socket = await connected(alice);
      await socket.ask('subscribe', { flight_code: 'FL005' });
      await socket.close();
      const again = await connected(alice, 1);
      expect((await again.ask('connect-room', { flight_code: 'FL005' })).event).to.equal('connect-room');
      const { body } = await ask('GET', `/api/auth/user-subscriptions/${alice.userId}`);
      expect((body as { flights: string[] }).flights).to.include('FL005');
    });

    it('replays what was missed to who says how far he got', async () => {
      const sender = await member(alice, 'FL007');
      for (const update of ['one', 'two', 'three']) {
        await sender.ask('broadcast_update', { flight_code: 'FL007', update });
      }
      const late = await connected(alice, 1);
      const answer = await late.ask('connect-room', { flight_code: 'FL007', after: 1 });
      expect(answer.data).not.to.have.property('recovered', false);
      await sender.ask('broadcast_update', { flight_code: 'FL007', update: 'four' });
      await late.frame('the fourth update', ({ seq }) => seq === 4);
      expect(late.updates('FL007').map(({ seq, data }) => [seq, data.update])).to.deep.equal([
        [2, 'two'],
        [3, 'three'],
        [4, 'four'],
      ]);
    });

    it('tells the room when the status of the flight changes', async () => {
      const socket = await member(bob, 'FL008', 1);
      const changed = await ask('PATCH', '/api/flight/flights/FL008', {
        ...alice,
        json: { status: 'Delayed' },
      });
      expect(changed.status).to.equal(200);
      const update = await socket.frame('status update', ({ room }) => room === 'flight_updates_FL008');
      expect(update).to.deep.include({ event: 'flight_update', seq: 1 });
      expect(update.data.update).to.include('Delayed');
    });

    it('does not lose, repeat or reorder anything while Redis is gone and a user-service is killed', async () => {
      const here = await member(alice, 'FL009', 0);
      const there = await member(bob, 'FL009', 1);
      // Each socket may send twenty events a second, so there are several.
      const senders = await Promise.all([0, 1, 0, 1, 0, 1].map((edge) => connected(alice, edge)));
      let sent = 0;
      async function broadcast(count: number): Promise<void> {
        for (let n = 0; n < count; n++) {
          const update = `news ${sent + 1}`;
          await until('the broadcast to be acknowledged', async () => {
            const sender = senders[sent % senders.length];
            const answer = await sender?.ask('broadcast_update', { flight_code: 'FL009', update });
            if (answer?.event === 'broadcast_update') return true;
            // Sooner, the repeats alone would be more than a socket may send.
            await pause(250);
            return false;
          });
          sent++;
        }
      }
      await broadcast(5);
      await stack.stopInfra('redis');
      await broadcast(5);
      stack.kill('user_service_1');
      await broadcast(5);
      await stack.startInfra('redis');
      await stack.untilHealthy();
      await broadcast(5);
      for (const socket of [here, there]) {
        await socket.frame(
          'the last update',
          ({ room, data }) => room === 'flight_updates_FL009' && data.update === `news ${sent}`,
        );
        const sequences = socket.updates('FL009').map(({ seq }) => seq);
        expect(sequences).to.deep.equal(sequences.map((_, index) => index + 1));
        const news = new Set(socket.updates('FL009').map(({ data }) => data.update));
        expect(news.size).to.equal(sent);
      }
    });

    it('keeps the socket open whatever it is sent, and says what was wrong', async () => {
      const socket = await connected(alice);
      const hostile = [
        '',
        '{',
        'null',
        '[]',
        '"text"',
        '{}',
        '{"event":5}',
        '{"event":"nothing"}',
        '{"event":"__proto__"}',
        '\u0000',
      ];
      for (const text of hostile) socket.sendRaw(text);
      socket.sendRaw(Buffer.from([0xff, 0x00]));
      await until(
        'an error for each',
        async () => socket.frames.filter(({ event }) => event === 'error').length === hostile.length + 1,
      );
      for (const { data } of socket.frames) expect(data.message).to.be.a('string').and.not.equal('');
      expect((await socket.ask('subscribe', { flight_code: 'FL010' })).event).to.equal('subscribe');
    });

    it('documents its events', async () => {
      const { status, body } = await ask('GET', '/asyncapi.json');
      expect(status).to.equal(200);
      expect((body as { asyncapi: string }).asyncapi).to.match(/^3\./);
    });
  });
}
