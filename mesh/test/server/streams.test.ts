import { once } from 'node:events';
import { connect } from 'node:http2';
import { openTestBed, type TestBed, until } from '@flight/local';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { FlightUpdateServiceDefinition, UserChangeServiceDefinition } from '@flight/proto/user';
import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { fromStatus } from '../../src/fault-status.js';
import { toMethods } from '../../src/method.js';
import type { MeshProcess } from '../../src/process.js';
import type { CallContext } from '../../src/server/call-context.js';
import { implement } from '../../src/server/implement.js';
import { openTestProcess } from '../support/test-process.js';

const CALLS_AT_ONCE = 2;
/** Of each method, and more than calls: one connection carries all. */
const AT_ONCE = 3;
const MESSAGE = { users: [], subscriptions: [], flightUpdates: [], token: '', checkpoint: undefined };
const REQUEST = { token: '', batchSize: 0, follow: true };

describe('the streams of a server', function () {
  this.timeout(20_000);
  let bed: TestBed;
  let server: MeshProcess;
  let address: string;
  let client: Client;
  /** What a stream tells after its first message. */
  let tell: (call: CallContext) => AsyncIterable<typeof MESSAGE>;
  let open = 0;
  const streams: ClientReadableStream<unknown>[] = [];

  async function* untilAborted({ signal }: CallContext): AsyncGenerator<never> {
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  before(async () => {
    bed = await openTestBed({ consul: true });
    server = await openTestProcess({
      consulUrl: bed.consulUrl,
      service: 'streaming',
      instance: 'streaming_1',
      callsAtOnce: CALLS_AT_ONCE,
      streamsAtOnce: AT_ONCE,
    });
    const binding = implement(UserChangeServiceDefinition, {
      async *streamUserChanges(_request, call) {
        open += 1;
        try {
          yield MESSAGE;
          yield* tell(call);
        } finally {
          open -= 1;
        }
      },
    });
    const unasked = async (): Promise<never> => expect.fail('nobody asks');
    const others = implement(FlightUpdateServiceDefinition, {
      publishFlightUpdate: unasked,
      listFlightUpdates: unasked,
      batchGetFlightPositions: unasked,
      followFlightUpdates: (_request, call) => untilAborted(call),
      watchFlightUpdates: (_request, call) => untilAborted(call),
    });
    ({ address } = await server.serve([binding, others], await readDescriptorSet()));
    client = new Client(address, credentials.createInsecure());
  });

  beforeEach(() => {
    tell = untilAborted;
  });

  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.cancel();
    await until('all streams to end', () => open === 0);
  });

  after(async () => {
    client.close();
    await server.close();
    await bed.close();
  });

  /** A stream that takes nothing yet, and the fault that it ends with. */
  function begin() {
    const { path, requestSerialize, responseDeserialize } =
      toMethods(UserChangeServiceDefinition).streamUserChanges ?? expect.fail('no such method');
    const metadata = new Metadata();
    const stream = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      REQUEST,
      metadata,
    );
    streams.push(stream);
    const fault = new Promise<Fault>((resolve) => {
      stream.on('error', (error: ServiceError) => resolve(fromStatus(error)));
    });
    return { stream, fault };
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name}{`) && line.includes('StreamUserChanges'))
        ?.split(' ')
        .at(-1),
    );
  }

  it('are refused beyond the limit, told when to come back, and let in when another has ended', async () => {
    expect(await metric('grpc_server_streams')).to.equal(0);
    const begun = Array.from({ length: AT_ONCE }, begin);
    await until('as many as may to be open', () => open === AT_ONCE);
    const { stream, fault } = begin();
    stream.resume();
    expect(await fault).to.include({
      kind: 'resource_exhausted',
      reason: 'OVERLOADED',
      retryAfterMs: 1000,
    });
    expect(await metric('grpc_server_streams')).to.equal(AT_ONCE);
    expect(await metric('grpc_server_shed_total')).to.equal(1);
    begun[0]?.stream.cancel();
    await until('one to have ended', () => open === AT_ONCE - 1);
    begin();
    await until('another one to be open', () => open === AT_ONCE);
  });

  it('and calls find room on one connection, and what is refused does too', async () => {
    const session = connect(`http://${address}`);
    const [{ maxConcurrentStreams }] = await once(session, 'remoteSettings');
    session.close();
    expect(maxConcurrentStreams).to.be.above(CALLS_AT_ONCE + 3 * AT_ONCE);
  });

  it('end with the fault that they were to end by', async () => {
    tell = (call) => {
      call.endBy(Date.now() + 50, () => new Fault('unauthenticated', 'TOKEN_EXPIRED', 'over'));
      return untilAborted(call);
    };
    const { stream, fault } = begin();
    stream.resume();
    expect(await fault).to.include({ kind: 'unauthenticated', reason: 'TOKEN_EXPIRED', message: 'over' });
  });

  it('end then also when nobody takes what they tell', async () => {
    let ended: unknown;
    let told = 0;
    tell = async function* (call) {
      call.endBy(Date.now() + 500, () => new Fault('unauthenticated', 'TOKEN_EXPIRED', 'over'));
      call.signal.addEventListener('abort', () => {
        ended = call.signal.reason;
      });
      for (;;) {
        told += 1;
        yield { ...MESSAGE, token: 'x'.repeat(100_000) };
      }
    };
    begin();
    await until('the stream to have ended', () => ended !== undefined && open === 0);
    expect(ended).to.include({ reason: 'TOKEN_EXPIRED' });
    expect(told).to.be.above(0);
  });
});
