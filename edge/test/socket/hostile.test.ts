import { until } from '@flight/local';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from '../support/edge-bed.js';
import { createRandom } from '../support/random.js';
import { connect, type SocketClient } from '../support/socket-client.js';

interface ErrorData {
  readonly message: string;
  readonly reason: string;
  readonly event?: string;
}

describe('hostile frames', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  let client: SocketClient;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start({ socketLimits: { ...bed.config.socketLimits, eventsPerSecond: 10_000 } });
    client = await connect(edge.address, await bed.token());
  });
  after(() => bed.close());

  async function refusalOf(frame: string | Buffer): Promise<ErrorData> {
    const answer = await client.say(frame);
    expect(answer.event, String(frame)).to.equal('error');
    return answer.data as ErrorData;
  }

  it('that are no events are told so', async () => {
    const frames = [
      '',
      ' ',
      '{',
      'null',
      '1',
      '"text"',
      '[]',
      '[{"event":"subscribe"}]',
      '{}',
      '{"event":5}',
      '\0',
    ];
    for (const frame of [...frames, `{"event":"${'x'.repeat(100)}"}`, Buffer.from('{"event":"subscribe"}')])
      expect(await refusalOf(frame)).to.deep.equal({
        message: 'The frame must be a text of JSON: {"event": …, "data": {…}}',
        reason: 'FRAME_MALFORMED',
      });
  });

  it('that name no event of ours are told so', async () => {
    for (const event of ['nope', '__proto__', 'constructor', 'Subscribe', 'flight_update', 'error', ''])
      expect(await refusalOf(JSON.stringify({ event, id: 1 }))).to.deep.equal({
        message: 'There is no such event',
        reason: 'EVENT_UNKNOWN',
        event,
      });
  });

  it('hear the documented words about codes and updates', async () => {
    const say = (event: string, data: unknown) => refusalOf(JSON.stringify({ event, data }));
    for (const event of ['subscribe', 'unsubscribe', 'connect-room', 'disconnect-room']) {
      for (const data of [undefined, null, {}, { flight_code: '' }, { flight_code: null }, { code: 'FL001' }])
        expect(await say(event, data)).to.deep.equal({
          message: 'Flight code is missing',
          reason: 'FIELD_MISSING',
          event,
        });
      for (const flight_code of ['F', 'FL 01', 'FL0012345678', 'ÄÖÜ', 'FL-001', 1, true, ['FL001'], {}])
        expect(await say(event, { flight_code })).to.deep.equal({
          message: 'Flight code is invalid',
          reason: 'FIELD_MALFORMED',
          event,
        });
      for (const data of ['FL001', 5, [], true])
        expect((await say(event, data)).message).to.equal('data must be a JSON object');
    }
    for (const data of [{}, { flight_code: 'FL001' }, { update: 'x' }, { flight_code: 'FL001', update: '' }])
      expect((await say('broadcast_update', data)).message).to.equal('Flight code or update is missing');
    expect((await say('broadcast_update', { flight_code: '!', update: 'x' })).message).to.equal(
      'Flight code is invalid',
    );
    for (const update of ['x'.repeat(1001), 'a\0b', '\ud800', 5, ['x']])
      expect((await say('broadcast_update', { flight_code: 'FL001', update })).message).to.match(
        /^update must /,
      );
    for (const after of [-1, 1.5, '12', 2 ** 60, null, []])
      expect((await say('connect-room', { flight_code: 'FL001', after })).message).to.equal(
        'after must be a whole number from 0 up',
      );
  });

  it('may be as deep as they like', async () => {
    const deep = `${'['.repeat(8000)}${']'.repeat(8000)}`;
    expect((await client.say(`{"event":"nope","data":${deep}}`)).event).to.equal('error');
    expect(
      (await client.say(`{"event":"disconnect-room","data":{"flight_code":"FL001"},"id":${deep}}`)).event,
    ).to.be.a('string');
  });

  it('of random bytes leave the socket open and the edge well', async () => {
    const random = createRandom(7);
    const alphabet = '{}[]",:\\eventdatasubscribe-room_flight_code\u0000é🛫0123456789 ';
    const letters = [...alphabet];
    for (let n = 0; n < 3000; n++) {
      const text = Array.from({ length: random(60) }, () => letters[random(letters.length)]).join('');
      client.ws.send(random(4) === 0 ? Buffer.from(text) : text);
      if (n % 500 === 0) await client.ask('disconnect-room', { flight_code: 'FL001' });
    }
    const { length } = client.frames;
    await until(() => client.frames.length >= length);
    expect(await client.ask('disconnect-room', { flight_code: 'FL001' }, { id: 'last' })).to.have.property(
      'event',
    );
    await until(() => client.frames.some(({ id }) => id === 'last'));
    for (const { event, data } of client.frames.filter((frame) => frame.event === 'error')) {
      expect(event).to.equal('error');
      expect((data as ErrorData).message).to.not.equal('');
      expect((data as ErrorData).reason)
        .to.match(/^[A-Z_]+$/)
        .and.not.equal('INTERNAL');
    }
    await client.close();
  });

  it('that break the protocol close their own socket only', async () => {
    const bystander = await connect(edge.address, await bed.token());
    const broken = await connect(edge.address, await bed.token());
    const { _socket: connection } = broken.ws as unknown as { _socket: { write(bytes: Buffer): void } };
    connection.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
    expect((await broken.closed).code).to.equal(1002);
    expect((await bystander.ask('nope')).event).to.equal('error');
    await bystander.close();
  });
});
