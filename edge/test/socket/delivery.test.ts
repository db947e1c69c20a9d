import { until } from '@flight/local';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from '../support/edge-bed.js';
import { connect, type SocketClient } from '../support/socket-client.js';

const FL001 = { flight_code: 'FL001' };
const NEVER_MS = 600_000;

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe('the delivery of updates', () => {
  let bed: EdgeBed;
  let edges: readonly StartedEdge[];
  const clients: SocketClient[] = [];

  before(async () => {
    bed = await openEdgeBed({ userInstances: 2 });
    edges = [await bed.start(), await bed.start()];
  });
  after(() => bed.close());
  beforeEach(() => bed.backends.reset());
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

  async function connected(userId: number, edge = edges[0] as StartedEdge): Promise<SocketClient> {
    const client = await connect(edge.address, await bed.token({ userId }));
    clients.push(client);
    return client;
  }

  async function member(userId: number, edge?: StartedEdge, data: object = FL001): Promise<SocketClient> {
    const client = await connected(userId, edge);
    await client.ask('subscribe', data);
    expect((await client.ask('connect-room', data)).event).to.equal('connect-room');
    return client;
  }

  /** All edges hear announcements. */
  const heard = () => until(() => bed.backends.updates.watchers === edges.length);

  /** An edge that looks for itself only when something makes it: so it is that, and not the periodic check. */
  async function startUnchecked(): Promise<StartedEdge> {
    const edge = await bed.start({ positionCheckMs: NEVER_MS });
    return edge;
  }

  it('reaches two users on two edges, in order', async () => {
    await heard();
    const [here, there] = [await member(1, edges[0]), await member(2, edges[1])];
    for (let n = 1; n <= 15; n++) {
      const sender = n % 2 === 0 ? here : there;
      await sender.ask('broadcast_update', { ...FL001, update: `news ${n}` });
    }
    for (const one of [here, there]) {
      await until(() => one.numbers('FL001').length >= 15);
      expect(one.numbers('FL001')).to.deep.equal(range(1, 15));
      expect(one.frames.filter(({ event }) => event === 'flight_update').at(-1)).to.deep.equal({
        event: 'flight_update',
        room: 'flight_updates_FL001',
        seq: 15,
        data: { update: 'news 15' },
      });
    }
  });

  it('goes to the room of the flight and to no other', async () => {
    const [one, other] = [await member(1), await member(2, edges[0], { flight_code: 'FL002' })];
    bed.backends.updates.publish('FL001', 'for one');
    bed.backends.updates.publish('FL002', 'for the other');
    await until(() => one.numbers('FL001').length + other.numbers('FL002').length === 2);
    expect([...one.numbers('FL002'), ...other.numbers('FL001')]).to.deep.equal([]);
  });

  it('begins with what comes after the joining', async () => {
    bed.backends.updates.publish('FL001', 'before');
    const client = await member(1);
    bed.backends.updates.publish('FL001', 'after');
    await until(() => client.numbers('FL001').length > 0);
    expect(client.numbers('FL001')).to.deep.equal([2]);
  });

  it('bears announcements that come twice and out of order', async () => {
    await heard();
    const client = await member(1);
    const held: Parameters<typeof bed.backends.updates.announce>[0][number][] = [];
    bed.backends.updates.distort = (update) => {
      held.push(update);
      return [];
    };
    for (let n = 0; n < 12; n++) bed.backends.updates.publish('FL001', `news ${n}`);
    bed.backends.updates.announce([...held.slice(6), ...held.slice(0, 6), ...held].reverse());
    await until(() => client.numbers('FL001').length >= 12);
    bed.backends.updates.distort = (update) => [update, update, update];
    bed.backends.updates.publish('FL001', 'the last');
    await until(() => client.numbers('FL001').length >= 13);
    expect(client.numbers('FL001')).to.deep.equal(range(1, 13));
  });

  it('repairs a gap at once, from the store', async () => {
    const edge = await startUnchecked();
    const client = await member(1, edge);
    await until(() => bed.backends.updates.watchers === edges.length + 1);
    bed.backends.updates.distort = () => [];
    for (let n = 0; n < 250; n++) bed.backends.updates.publish('FL001', `lost ${n}`);
    bed.backends.updates.distort = (update) => [update];
    bed.backends.updates.publish('FL001', 'heard');
    await until(() => client.numbers('FL001').length >= 251);
    expect(client.numbers('FL001')).to.deep.equal(range(1, 251));
    const { body } = await edge.ask('GET', '/metrics');
    expect(body).to.match(/edge_flight_updates_repaired_total\{[^}]*\} 25[01]\n/);
    await edge.close();
  });

  it('finds by itself what was announced to nobody', async () => {
    const client = await member(1);
    bed.backends.updates.distort = () => [];
    for (let n = 0; n < 5; n++) bed.backends.updates.publish('FL001', `lost ${n}`);
    await until(() => client.numbers('FL001').length >= 5);
    expect(client.numbers('FL001')).to.deep.equal(range(1, 5));
  });

  it('makes good what was missed while the stream was cut', async () => {
    const edge = await startUnchecked();
    const client = await member(1, edge);
    await until(() => bed.backends.updates.watchers === edges.length + 1);
    for (let round = 0; round < 5; round++) {
      bed.backends.updates.publish('FL001', 'heard');
      bed.backends.updates.cutStreams();
      bed.backends.updates.publish('FL001', 'missed');
      const expected = (round + 1) * 2;
      await until(() => client.numbers('FL001').length >= expected);
    }
    expect(client.numbers('FL001')).to.deep.equal(range(1, 10));
    await edge.close();
  });

  it('tells its own room of a broadcast even when nobody announces it', async () => {
    const edge = await startUnchecked();
    const client = await member(1, edge);
    bed.backends.updates.distort = () => [];
    await client.ask('broadcast_update', { ...FL001, update: 'unheard' });
    await until(() => client.numbers('FL001').length === 1);
    await edge.close();
  });

  it('replays what was missed before it goes on, each once and in order', async () => {
    for (let n = 1; n <= 350; n++) bed.backends.updates.publish('FL001', `news ${n}`);
    const client = await connected(1);
    await client.ask('subscribe', FL001);
    const joining = client.ask('connect-room', { ...FL001, after: 12 }, { id: 'resume' });
    const publishing = setInterval(() => bed.backends.updates.publish('FL001', 'meanwhile'), 1);
    expect(await joining).to.deep.equal({
      event: 'connect-room',
      id: 'resume',
      data: { message: 'Connected to room flight_updates_FL001 for flight updates.' },
    });
    await until(() => client.numbers('FL001').length > 400);
    clearInterval(publishing);
    const last = bed.backends.updates.publish('FL001', 'the last');
    await until(() => client.numbers('FL001').at(-1) === last);
    expect(client.numbers('FL001')).to.deep.equal(range(13, last));
    expect(client.frames[1], 'the answer comes first').to.have.property('id', 'resume');
  });

  it('says it when history no longer reaches, and gives what is there', async () => {
    for (let n = 1; n <= 9; n++) bed.backends.updates.publish('FL001', `news ${n}`);
    bed.backends.updates.trim('FL001', 6);
    const client = await connected(1);
    await client.ask('subscribe', FL001);
    expect((await client.ask('connect-room', { ...FL001, after: 2 })).data).to.deep.equal({
      message: 'Connected to room flight_updates_FL001 for flight updates.',
      recovered: false,
    });
    await until(() => client.numbers('FL001').length === 4);
    bed.backends.updates.publish('FL001', 'live');
    await until(() => client.numbers('FL001').length === 5);
    expect(client.numbers('FL001')).to.deep.equal(range(6, 10));
  });

  it('replays from the start, and nothing to who knows all', async () => {
    for (let n = 1; n <= 3; n++) bed.backends.updates.publish('FL001', `news ${n}`);
    const [all, none] = [await connected(1), await connected(1)];
    await all.ask('subscribe', FL001);
    expect((await all.ask('connect-room', { ...FL001, after: 0 })).data).to.not.have.property('recovered');
    expect((await none.ask('connect-room', { ...FL001, after: 3 })).data).to.not.have.property('recovered');
    bed.backends.updates.publish('FL001', 'live');
    await until(() => all.numbers('FL001').length === 4 && none.numbers('FL001').length === 1);
    expect(none.numbers('FL001')).to.deep.equal([4]);
  });

  it('is measured without a word about who or which flight', async () => {
    const client = await member(1);
    bed.backends.updates.publish('FL001', 'x');
    await until(() => client.numbers('FL001').length === 1);
    const [edge] = edges;
    const body = String((await edge?.ask('GET', '/metrics'))?.body);
    for (const name of [
      'edge_sockets',
      'edge_rooms',
      'edge_flight_update_deliveries_total',
      'edge_flight_update_delay_seconds_count',
      'edge_socket_event_seconds_count',
    ])
      expect(body).to.match(new RegExp(`^${name}\\{[^}]*\\} [1-9]`, 'm'));
    expect(body).to.not.include('FL001');
  });
});
