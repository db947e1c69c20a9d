import { until } from '@flight/local';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from '../support/edge-bed.js';
import { connect, type SocketClient } from '../support/socket-client.js';

const FL001 = { flight_code: 'FL001' };

describe('the conversation over WebSocket', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  let client: SocketClient;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start();
  });
  after(() => bed.close());
  beforeEach(async () => {
    bed.backends.reset();
    client = await connect(edge.address, await bed.token());
  });
  afterEach(() => client.close());

  it('goes as documented, word for word', async () => {
    expect(await client.ask('subscribe', FL001)).to.deep.equal({
      event: 'subscribe',
      data: { message: 'Subscribed to flight updates for FL001' },
    });
    expect(await client.ask('connect-room', FL001)).to.deep.equal({
      event: 'connect-room',
      data: { message: 'Connected to room flight_updates_FL001 for flight updates.' },
    });
    const news = { ...FL001, update: 'Flight is now boarding' };
    expect(await client.ask('broadcast_update', news, { id: 7 })).to.deep.equal({
      event: 'broadcast_update',
      id: 7,
      data: { update: 'Flight is now boarding' },
    });
    await until(() => client.numbers('FL001').length === 1);
    expect(client.frames.find(({ event }) => event === 'flight_update')).to.deep.equal({
      event: 'flight_update',
      room: 'flight_updates_FL001',
      seq: 1,
      data: { update: 'Flight is now boarding' },
    });
    expect(await client.ask('disconnect-room', FL001)).to.deep.equal({
      event: 'disconnect-room',
      data: { message: 'Disconnected from room flight_updates_FL001.' },
    });
    expect(await client.ask('unsubscribe', FL001)).to.deep.equal({
      event: 'unsubscribe',
      data: { message: 'Unsubscribed from flight updates for FL001' },
    });
  });

  it('says it when a subscription was there already', async () => {
    await client.ask('subscribe', FL001);
    expect(await client.ask('subscribe', { flight_code: 'fl001' })).to.deep.equal({
      event: 'subscribe',
      data: { message: 'Already subscribed to flight updates for FL001' },
    });
  });

  it('lets only subscribers into the room', async () => {
    expect(await client.ask('connect-room', FL001, { id: 'mine' })).to.deep.equal({
      event: 'error',
      id: 'mine',
      data: {
        message: 'User 1 is not subscribed to flight FL001.',
        reason: 'SUBSCRIPTION_NOT_FOUND',
        event: 'connect-room',
      },
    });
  });

  it('keeps the subscription when the socket goes', async () => {
    await client.ask('subscribe', FL001);
    const again = await connect(edge.address, await bed.token());
    expect((await again.ask('connect-room', FL001)).event).to.equal('connect-room');
    await again.close();
  });

  it('takes connecting twice and disconnecting from nowhere for what was wanted', async () => {
    await client.ask('subscribe', FL001);
    const connected = await client.ask('connect-room', FL001);
    expect(await client.ask('connect-room', { ...FL001, after: 0 })).to.deep.equal(connected);
    bed.backends.updates.publish('FL001', 'once');
    await client.ask('disconnect-room', { flight_code: 'FL002' });
    await until(() => client.numbers('FL001').length > 0);
    expect(client.numbers('FL001')).to.deep.equal([1]);
    expect((await client.ask('disconnect-room', { flight_code: 'FL404' })).data).to.deep.equal({
      message: 'Disconnected from room flight_updates_FL404.',
    });
  });

  it('takes a user who unsubscribes out of the room on all sockets', async () => {
    const other = await connect(edge.address, await bed.token());
    const stranger = await connect(edge.address, await bed.token({ userId: 2 }));
    for (const one of [client, other, stranger]) {
      await one.ask('subscribe', FL001);
      await one.ask('connect-room', FL001);
    }
    await client.ask('unsubscribe', FL001);
    bed.backends.updates.publish('FL001', 'for the stranger');
    await until(() => stranger.numbers('FL001').length === 1);
    // Whatever was on its way to the others would have come before this answer.
    await other.ask('disconnect-room', FL001);
    expect([...client.numbers('FL001'), ...other.numbers('FL001')]).to.deep.equal([]);
    await Promise.all([other.close(), stranger.close()]);
  });

  it('echoes any id, and none that was not sent', async () => {
    for (const id of [0, '', null, false, { a: [1] }, [], 'ä'])
      expect(await client.ask('disconnect-room', FL001, { id })).to.have.deep.property('id', id);
    expect(await client.ask('disconnect-room', FL001)).to.not.have.property('id');
    expect(await client.ask('nope', {}, { id: 3 })).to.deep.include({ event: 'error', id: 3 });
  });

  it('answers in the order of asking, however slow one is', async () => {
    const { subscribe } = bed.backends.scripts.user;
    let finish: (() => void) | undefined;
    bed.backends.scripts.user.subscribe = async (request, call) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return subscribe(request, call);
    };
    client.ws.send(JSON.stringify({ event: 'subscribe', data: FL001, id: 1 }));
    client.ws.send(JSON.stringify({ event: 'disconnect-room', data: FL001, id: 2 }));
    client.ws.send(JSON.stringify({ event: 'nope', id: 3 }));
    await until(() => finish !== undefined);
    expect(client.frames).to.deep.equal([]);
    finish?.();
    await until(() => client.frames.length === 3);
    expect(client.frames.map(({ id }) => id)).to.deep.equal([1, 2, 3]);
  });

  it('answers a broadcast only once it is stored', async () => {
    const { publishFlightUpdate } = bed.backends.scripts.updates;
    let finish: (() => void) | undefined;
    bed.backends.scripts.updates.publishFlightUpdate = async (request, call) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return publishFlightUpdate(request, call);
    };
    client.ws.send(JSON.stringify({ event: 'broadcast_update', data: { ...FL001, update: 'x' } }));
    await until(() => finish !== undefined);
    expect(client.frames).to.deep.equal([]);
    finish?.();
    await until(() => client.frames.length === 1);
    expect(client.frames[0]?.data).to.deep.equal({ update: 'x' });
  });

  it('leaves broadcasting to staff under the strict policy', async () => {
    const strict = await bed.start({ policy: 'strict' });
    const [passenger, staff] = [
      await connect(strict.address, await bed.token()),
      await connect(strict.address, await bed.token({ roles: ['staff'] })),
    ];
    const news = { ...FL001, update: 'Flight is now boarding' };
    expect((await passenger.ask('broadcast_update', news)).data).to.deep.equal({
      message: 'Only staff can broadcast updates',
      reason: 'STAFF_ONLY',
      event: 'broadcast_update',
    });
    expect((await staff.ask('broadcast_update', news)).event).to.equal('broadcast_update');
    await Promise.all([passenger.close(), staff.close()]);
  });

  it('says it when the service is away, and goes on', async () => {
    bed.backends.scripts.user.subscribe = async () => {
      throw new Error('over there');
    };
    expect(await client.ask('subscribe', FL001)).to.deep.equal({
      event: 'error',
      data: {
        message: 'An error occurred. Please try again later.',
        reason: 'INTERNAL',
        event: 'subscribe',
      },
    });
    bed.backends.reset();
    expect((await client.ask('subscribe', FL001)).event).to.equal('subscribe');
  });
});
