import { constants } from 'node:http2';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { until } from '@flight/local';
import { expect } from 'chai';
import { connect, type FlightClient } from '../src/index.js';
import {
  FlightUpdateService,
  type FollowFlightUpdatesRequest,
  type FollowFlightUpdatesResponseSchema,
  UserService,
} from '../src/user.js';
import { GRPC, openBareServer, refuseAtOnce } from './support/bare-server.js';
import { caught } from './support/caught.js';
import { refusal, unavailable } from './support/refusal.js';
import { openTestServer, type TestServer } from './support/test-server.js';

describe('following a flight with the TypeScript SDK', () => {
  let servers: TestServer[];
  let client: FlightClient;
  /** Numbers of the updates there are. */
  let stored: bigint;
  let asked: (bigint | undefined)[];
  let open: number;
  let wake: () => void = () => undefined;
  let refuse: Error | undefined;

  beforeEach(async () => {
    stored = 0n;
    asked = [];
    open = 0;
    refuse = undefined;
    servers = await Promise.all(
      [1, 2].map(() =>
        openTestServer((router) =>
          router.service(FlightUpdateService, { followFlightUpdates }).service(UserService, { login }),
        ),
      ),
    );
    const addresses = servers.map(({ address }) => address);
    client = connect({ addresses: { 'user-service': addresses } });
  });

  afterEach(async () => {
    client.close();
    await Promise.all(servers.map(({ close }) => close()));
  });

  function login(): never {
    throw unavailable({ pushBack: '-1' });
  }

  async function* followFlightUpdates(
    { afterSequence }: FollowFlightUpdatesRequest,
    { signal }: HandlerContext,
  ): AsyncGenerator<MessageInitShape<typeof FollowFlightUpdatesResponseSchema>> {
    asked.push(afterSequence);
    if (refuse) throw refuse;
    open += 1;
    signal.addEventListener('abort', () => wake());
    try {
      let at = afterSequence ?? stored;
      yield { position: { flightCode: 'FL001', latestSequence: stored, oldestSequence: 1n } };
      while (!signal.aborted) {
        if (refuse) throw refuse;
        while (at < stored)
          yield { flightUpdate: { flightCode: 'FL001', sequence: ++at, update: `update ${at}` } };
        yield {};
        if (at >= stored)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      open -= 1;
    }
  }

  function publish(count: number): void {
    stored += BigInt(count);
    wake();
  }

  /** Takes so many updates, calling back before each. */
  async function take(
    count: number,
    after: bigint | undefined,
    before: (taken: number) => unknown = () => undefined,
  ) {
    const sequences: bigint[] = [];
    const options = after === undefined ? {} : { after };
    const updates = client.followFlight('FL001', options);
    await before(0);
    for await (const { sequence } of updates) {
      sequences.push(sequence);
      if (sequences.length === count) break;
      await before(sequences.length);
    }
    return sequences;
  }

  it('gives what is kept after a number, then what comes', async () => {
    publish(5);
    const sequences = await take(5, 2n, (taken) => taken === 3 && publish(2));
    expect(sequences).to.deep.equal([3n, 4n, 5n, 6n, 7n]);
  });

  it('gives what comes from now on where no number is named', async () => {
    publish(5);
    const taking = take(2, undefined);
    await until('the stream to be open', () => open === 1);
    publish(2);
    expect(await taking).to.deep.equal([6n, 7n]);
  });

  it('does not begin where no address of its service was given: none would ever be', async () => {
    client.close();
    client = connect({ addresses: { 'booking-service': [servers[0]?.address ?? ''] } });
    const error = await caught(client.followFlight('FL001').next());
    expect(error).to.include({ code: Code.FailedPrecondition });
  });

  it('goes on after the last one when its instance dies, and misses none of those that came meanwhile', async () => {
    const taking = take(40, 0n, (taken) => {
      publish(1);
      if (taken % 10 === 5) for (const { cut } of servers) cut();
    });
    const sequences = await taking;
    expect(sequences).to.deep.equal(Array.from({ length: 40 }, (_, index) => BigInt(index + 1)));
    expect(asked.length).to.be.above(3);
  });

  it('misses none when the instance dies before the first one came', async () => {
    publish(5);
    const taking = take(1, undefined);
    await until('the stream to be open', () => open === 1);
    // What the first message said of the position has come by now, or the stream begins at six all the same.
    for (const { cut } of servers) cut();
    await until('the next stream to be open', () => asked.length > 1 && open === 1);
    publish(1);
    expect(await taking).to.deep.equal([6n]);
  });

  it('goes on when the service is away for longer than a call would be repeated', async () => {
    publish(1);
    const taking = take(2, 0n, (taken) => {
      if (taken !== 1) return;
      refuse = unavailable();
      wake();
    });
    await until('a few attempts', () => asked.length >= 5);
    refuse = undefined;
    publish(1);
    expect(await taking).to.deep.equal([1n, 2n]);
  });

  it('begins again where the service stands when that has lost updates, as after a restored backup', async () => {
    publish(9);
    const taking = take(3, 8n, (taken) => {
      if (taken !== 1) return;
      stored = 4n;
      for (const { cut } of servers) cut();
    });
    await until('the stream to begin again', () => asked.at(-1) === 4n);
    publish(2);
    expect(await taking).to.deep.equal([9n, 5n, 6n]);
  });

  it('finds another instance when one has as many followers as it may have', async () => {
    publish(1);
    refuse = refusal({ code: Code.ResourceExhausted, reason: 'OVERLOADED', retryAfterMs: 50 });
    const taking = take(1, 0n);
    await until('a second attempt', () => asked.length >= 2);
    refuse = undefined;
    expect(await taking).to.deep.equal([1n]);
  });

  it('goes on when it hears of no reason to wait, too', async () => {
    publish(1);
    refuse = new ConnectError('Too many', Code.ResourceExhausted);
    const taking = take(1, 0n);
    await until('a second attempt', () => asked.length >= 2);
    refuse = undefined;
    expect(await taking).to.deep.equal([1n]);
  });

  it('goes on when there is no token for a moment, and ends when there is none', async () => {
    publish(1);
    let given = 0;
    client = client.withToken(async () => {
      given += 1;
      if (given < 3) await client.users.login({}, { headers: { authorization: 'none' } });
      if (given > 3) throw new Error('no keychain');
      return 'token';
    });
    const error = await caught(take(2, 0n, (taken) => taken === 1 && servers.map(({ cut }) => cut())));
    expect(error).to.include({ code: Code.Unauthenticated });
    expect(given).to.equal(4);
    expect(asked).to.deep.equal([0n]);
  });

  it('goes on when a stream is reset or breaks off, and nobody says why', async () => {
    const resets = [
      constants.NGHTTP2_CANCEL,
      constants.NGHTTP2_INTERNAL_ERROR,
      constants.NGHTTP2_REFUSED_STREAM,
      constants.NGHTTP2_NO_ERROR,
    ];
    const bare = await openBareServer((stream) => {
      const reset = resets.shift();
      if (reset === undefined) return refuseAtOnce(stream, Code.Unauthenticated);
      stream.respond(GRPC);
      stream.close(reset);
    });
    client = connect({ addresses: { 'user-service': [bare.address] } });
    try {
      const error = await caught(client.followFlight('FL001').next());
      expect(error).to.include({ code: Code.Unauthenticated });
      expect(resets).to.deep.equal([]);
    } finally {
      client.close();
      bare.close();
    }
  });

  it('tells once when the service follows', async () => {
    publish(1);
    const began: number[] = [];
    const taking: bigint[] = [];
    const following = (async () => {
      for await (const { sequence } of client.followFlight('FL001', { onBegan: () => began.push(open) })) {
        taking.push(sequence);
        if (taking.length === 2) break;
        for (const { cut } of servers) cut();
      }
    })();
    await until('it to have begun', () => began.length > 0);
    publish(1);
    await until('the next stream to be open', () => asked.length > 1 && open === 1);
    publish(1);
    await following;
    expect(taking).to.deep.equal([2n, 3n]);
    expect(began).to.deep.equal([1]);
  });

  it('ends when the client is closed, even while it waits to go on', async () => {
    publish(1);
    const closed = caught(take(2, 0n, (taken) => taken === 1 && client.close()));
    expect(await closed).to.include({ code: Code.Canceled });
    client = connect({ addresses: { 'user-service': servers.map(({ address }) => address) } });
    asked = [];
    refuse = refusal({ code: Code.ResourceExhausted, reason: 'OVERLOADED', retryAfterMs: 60_000 });
    const waiting = caught(take(1, 0n));
    await until('an attempt', () => asked.length === 1);
    client.close();
    expect(await waiting).to.include({ code: Code.Canceled });
  });

  it('ends when the service refuses', async () => {
    refuse = refusal({ code: Code.Unauthenticated, reason: 'TOKEN_EXPIRED' });
    const error = await take(1, 0n).catch((reason: unknown) => reason);
    expect(error).to.include({ code: Code.Unauthenticated, reason: 'TOKEN_EXPIRED' });
    expect(asked).to.have.length(1);
  });

  it('tells the service when its caller leaves the loop', async () => {
    publish(1);
    await take(1, 0n);
    await until('the stream to be closed', () => open === 0);
  });

  it('tells the service when its caller aborts', async () => {
    const leaving = new AbortController();
    const following = client.followFlight('FL001', { signal: leaving.signal }).next();
    const failed = following.catch((reason: unknown) => reason);
    await until('the stream to be open', () => open === 1);
    leaving.abort();
    expect(await failed).to.include({ code: Code.Canceled });
    await until('the stream to be closed', () => open === 0);
  });
});
