import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { openTestBed, type TestBed } from '@flight/local';
import { Client, credentials, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import type { MeshProcess } from '../../src/process.js';
import { serveUsers } from '../support/user-service.js';

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
  let arrivals: number[] = [];
  /** When the first call is to come back; it is answered when undefined. */
  let pushBackMs: number | undefined;

  before(async () => {
    bed = await openTestBed({ consul: true });
    server = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'foreign',
      instance: 'foreign_1',
      handlers: {
        getJsonWebKeySet: async () => {
          arrivals.push(performance.now());
          if (arrivals.length > 1 || pushBackMs === undefined) return { keys: [] };
          throw new Fault('unavailable', 'UNREACHABLE', 'away', {}, { retryAfterMs: pushBackMs });
        },
      },
    });
  });

  beforeEach(() => {
    arrivals = [];
    pushBackMs = undefined;
  });

  after(async () => {
    await server.close();
    await bed.close();
  });

  /** Asks for the keys with gRPC's own retries. */
  async function askKeys(timeoutMs = Number.POSITIVE_INFINITY): Promise<unknown> {
    const client = new Client(server.address, credentials.createInsecure(), {
      'grpc.service_config': JSON.stringify(RETRIES),
    });
    const whole = (bytes: Buffer) => bytes;
    const deadline = Date.now() + timeoutMs;
    try {
      return await new Promise((resolve, reject) => {
        client.makeUnaryRequest(KEYS, whole, whole, Buffer.alloc(0), { deadline }, (error, answer) => {
          if (error) reject(error);
          else resolve(answer);
        });
      });
    } finally {
      client.close();
    }
  }

  it('makes gRPC’s own retries wait as long as RetryInfo says', async () => {
    pushBackMs = 300;
    await askKeys(10_000);
    const [first = Number.NaN, second = Number.NaN] = arrivals;
    expect(second - first).to.be.at.least(pushBackMs - 5);
  });

  it('lets those who named no deadline try again, however soon it would have given up itself', async () => {
    // The method's own deadline is 1 s.
    pushBackMs = 1000;
    await askKeys();
    expect(arrivals).to.have.length(2);
  });

  it('has them tell of its refusal, not of a deadline, when they could try again too late only', async () => {
    pushBackMs = 60_000;
    const refusal = await askKeys(10_000).catch((error: unknown) => error);
    expect(refusal).to.include({ code: status.UNAVAILABLE, details: 'away' });
    expect(arrivals).to.have.length(1);
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
