import { until } from '@flight/local';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from '../support/edge-bed.js';
import { connect, type SocketClient } from '../support/socket-client.js';

const FL001 = { flight_code: 'FL001' };

describe('the limits of a socket', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  let token: string;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start();
    token = await bed.token();
  });
  after(() => bed.close());
  beforeEach(() => bed.backends.reset());

  const startWith = (wishes: Partial<EdgeBed['config']['socketLimits']>) =>
    bed.start({ socketLimits: { ...bed.config.socketLimits, ...wishes } });

  async function member(at: StartedEdge): Promise<SocketClient> {
    const client = await connect(at.address, token);
    await client.ask('subscribe', FL001);
    await client.ask('connect-room', FL001);
    return client;
  }

  it('are 16 KiB a frame', async () => {
    const client = await connect(edge.address, token);
    const frame = (length: number) => {
      const head = '{"event":"nope","filler":"';
      return `${head}${'x'.repeat(length - head.length - 2)}"}`;
    };
    expect(await client.say(frame(16 * 1024))).to.deep.include({ event: 'error' });
    client.ws.send(frame(16 * 1024 + 1));
    expect((await client.closed).code).to.equal(1009);
  });

  it('are fifty rooms', async () => {
    const roomy = await startWith({ eventsPerSecond: 1000 });
    const client = await connect(roomy.address, token);
    for (let n = 1; n <= 51; n++) {
      const data = { flight_code: `FL${n}` };
      await client.ask('subscribe', data);
      const answer = await client.ask('connect-room', data);
      if (n <= 50) expect(answer.event, String(n)).to.equal('connect-room');
      else
        expect(answer.data).to.deep.equal({
          message: 'Too many rooms. Please disconnect from one first.',
          reason: 'TOO_MANY_ROOMS',
          event: 'connect-room',
        });
    }
    expect((await client.ask('connect-room', { flight_code: 'FL50' })).event).to.equal('connect-room');
    await client.ask('disconnect-room', { flight_code: 'FL1' });
    expect((await client.ask('connect-room', { flight_code: 'FL51' })).event).to.equal('connect-room');
    await client.close();
  });

  it('are twenty events a second: then an error, and then the end', async () => {
    const client = await connect(edge.address, token);
    const frame = JSON.stringify({ event: 'disconnect-room', data: FL001 });
    const sendThirty = () => {
      for (let n = 0; n < 30; n++) client.ws.send(frame);
    };
    sendThirty();
    await until(() => client.frames.length === 30);
    expect(client.frames.slice(0, 20).every(({ event }) => event === 'disconnect-room')).to.equal(true);
    // Not each of the others: time goes on, and brings new ones.
    expect(client.frames).to.deep.include({
      event: 'error',
      data: {
        message: 'Too many events. Please slow down.',
        reason: 'TOO_MANY_EVENTS',
        event: 'disconnect-room',
      },
    });
    await until(() => {
      sendThirty();
      return client.ws.readyState === client.ws.CLOSED;
    });
    expect(await client.closed).to.deep.equal({ code: 4429, reason: 'Too many events' });
  });

  it('are so many events that wait for a slow one', async () => {
    const hasty = await startWith({ eventsPerSecond: 100, eventsWaiting: 5 });
    const { subscribe } = bed.backends.scripts.user;
    let finish: (() => void) | undefined;
    bed.backends.scripts.user.subscribe = async (request, call) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return subscribe(request, call);
    };
    const client = await connect(hasty.address, token);
    client.ws.send(JSON.stringify({ event: 'subscribe', data: FL001, id: 0 }));
    await until(() => finish !== undefined);
    for (let id = 1; id <= 6; id++)
      client.ws.send(JSON.stringify({ event: 'disconnect-room', data: FL001, id }));
    await client.ws.ping();
    await new Promise((resolve) => client.ws.once('pong', resolve));
    finish?.();
    await until(() => client.frames.length === 7);
    expect(client.frames.map(({ id }) => id)).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    expect(client.frames.map(({ data }) => (data as { reason?: string }).reason)).to.deep.equal([
      ...Array(5).fill(undefined),
      'EVENTS_WAITING',
      'EVENTS_WAITING',
    ]);
    await client.close();
  });

  it("are a token's time", async () => {
    const client = await connect(edge.address, await bed.token({ expiresIn: 2 }));
    expect(await client.closed).to.deep.equal({
      code: 4401,
      reason: 'The token has expired; sign in again',
    });
  });

  it('are two pings without an answer, while who answers may stay, however slow a service is', async () => {
    const impatient = await startWith({ pingEveryMs: 40 });
    const silent = await connect(impatient.address, token, { autoPong: false });
    const waiting = await connect(impatient.address, token);
    let finish: (() => void) | undefined;
    bed.backends.scripts.user.subscribe = async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { subscription: undefined, alreadySubscribed: false };
    };
    waiting.ws.send(JSON.stringify({ event: 'subscribe', data: FL001 }));
    await until(() => finish !== undefined);
    expect(await silent.closed).to.deep.equal({ code: 4408, reason: 'Did not answer pings' });
    expect(silent.pings).to.equal(2);
    finish?.();
    await until(() => waiting.frames.length === 1);
    expect(waiting.frames[0]?.event).to.equal('subscribe');
    await waiting.close();
  });

  it('are 1 MiB that is not read: the slow one goes, the others notice nothing', async () => {
    const slow = await member(edge);
    const quick = await member(edge);
    slow.ws.pause();
    const given = async () =>
      /edge_sockets_given_up_total\{cause="slow"[^}]*\} 1\n/.test(
        String((await edge.ask('GET', '/metrics')).body),
      );
    // Four bytes a character; and what the kernel takes before anything is unsent is not known.
    const update = '🛫'.repeat(1000);
    let published = 0;
    while (!(await given())) {
      for (let n = 0; n < 100; n++) published = bed.backends.updates.publish('FL001', update);
      await until(() => quick.numbers('FL001').length === published);
    }
    await until(() => quick.numbers('FL001').length === published);
    expect(quick.numbers('FL001')).to.deep.equal(Array.from({ length: published }, (_, n) => n + 1));
    // It is cut off although it never reads the close.
    await until(async () =>
      /edge_sockets\{[^}]*\} 1\n/.test(String((await edge.ask('GET', '/metrics')).body)),
    );
    slow.ws.terminate();
    await quick.close();
  });
});

describe('an edge with sockets that stops', () => {
  let bed: EdgeBed;

  before(async () => {
    bed = await openEdgeBed();
  });
  after(() => bed.close());

  it('takes no new ones, and closes all with a word to come back, one after the other', async () => {
    const edge = await bed.start({ socketLimits: { ...bed.config.socketLimits, drainMs: 300 } });
    const token = await bed.token();
    const clients = await Promise.all(Array.from({ length: 30 }, () => connect(edge.address, token)));
    const closedAt: number[] = [];
    for (const { closed } of clients) void closed.then(() => closedAt.push(performance.now()));
    const stopped = edge.close();
    const late = connect(edge.address, token).then(
      () => 'connected',
      () => 'refused',
    );
    for (const { closed } of clients)
      expect(await closed).to.deep.equal({ code: 1012, reason: 'The server restarts; come back' });
    expect(await late).to.equal('refused');
    await stopped;
    const [first = 0, last = 0] = [closedAt[0], closedAt.at(-1)];
    expect(last - first).to.be.greaterThan(150);
  });

  it('cuts off those that do not close, and is gone', async () => {
    const edge = await bed.start();
    const client = await connect(edge.address, await bed.token());
    client.ws.pause();
    const began = performance.now();
    await edge.close();
    expect(performance.now() - began).to.be.lessThan(5000);
    client.ws.terminate();
  });
});
