import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { openTestBed, type TestBed } from '@flight/local';
import { Client, credentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import type { MeshProcess } from '../../src/process.js';
import { serveUsers } from '../support/user-service.js';

const PUSH_BACK_MS = 300;
const KEYS = '/flight.user.v1.UserService/GetJsonWebKeySet';

/** A policy of gRPC's own clients, with pauses that are next to nothing unless the server says otherwise. */
const RETRIES = {
  methodConfig: [
    {
      name: [{ service: 'flight.user.v1.UserService' }],
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: '0.001s',
        maxBackoff: '0.001s',
        backoffMultiplier: 1,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};

describe('a server, called by clients that are not of the mesh', function () {
  this.timeout(20_000);
  let bed: TestBed;
  let server: MeshProcess & { readonly address: string };
  const arrivals: number[] = [];

  before(async () => {
    bed = await openTestBed({ consul: true });
    server = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'foreign',
      instance: 'foreign_1',
      handlers: {
        getJsonWebKeySet: async () => {
          arrivals.push(performance.now());
          if (arrivals.length > 1) return { keys: [] };
          throw new Fault('unavailable', 'UNREACHABLE', 'away', {}, { retryAfterMs: PUSH_BACK_MS });
        },
      },
    });
  });

  after(async () => {
    await server.close();
    await bed.close();
  });

  it('makes gRPC’s own retries wait as long as RetryInfo says', async () => {
    const client = new Client(server.address, credentials.createInsecure(), {
      'grpc.service_config': JSON.stringify(RETRIES),
    });
    const whole = (bytes: Buffer) => bytes;
    const deadline = Date.now() + 10_000;
    await new Promise((resolve, reject) => {
      client.makeUnaryRequest(KEYS, whole, whole, Buffer.alloc(0), { deadline }, (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });
    client.close();
    const [first = Number.NaN, second = Number.NaN] = arrivals;
    expect(second - first).to.be.at.least(PUSH_BACK_MS - 5);
  });

  it('answers pings, however often they come, and does not part with who sends them', async () => {
    const session = connect(`http://${server.address}`);
    await once(session, 'connect');
    let parted = false;
    session.on('goaway', () => {
      parted = true;
    });
    for (let sent = 0; sent < 200; sent += 1) await ping(session);
    const stream = session.request({
      ':method': 'POST',
      ':path': KEYS,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const answered = once(stream, 'trailers');
    stream.end(Buffer.alloc(5));
    stream.resume();
    const [trailers] = await answered;
    expect(trailers['grpc-status']).to.equal('0');
    expect(parted).to.equal(false);
    session.close();
  });
});

function ping(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.ping((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
