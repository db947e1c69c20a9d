import { Code, type HandlerContext } from '@connectrpc/connect';
import { until } from '@flight/local';
import { expect } from 'chai';
import { connect, type FlightClient } from '../src/index.js';
import { type StreamUserChangesResponse, UserChangeService } from '../src/user.js';
import { type BareServer, openBareServer, refuseAtOnce } from './support/bare-server.js';
import { caught } from './support/caught.js';
import { openTestServer, type TestServer } from './support/test-server.js';

describe('a stream of the TypeScript SDK', () => {
  let server: TestServer;
  let client: FlightClient;
  let asked: number;
  let open: number;

  beforeEach(async () => {
    asked = 0;
    open = 0;
    server = await openTestServer((router) => router.service(UserChangeService, { streamUserChanges }));
    client = connect({ addresses: { 'user-service': [server.address] } });
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  async function* streamUserChanges({ follow }: { follow: boolean }, { signal }: HandlerContext) {
    asked += 1;
    open += 1;
    const left = new Promise((resolve) => signal.addEventListener('abort', resolve));
    try {
      yield { token: 'one' };
      yield { token: 'two' };
      if (follow) await left;
    } finally {
      open -= 1;
    }
  }

  const changes = (signal?: AbortSignal) =>
    client.userChanges.streamUserChanges({ follow: true }, signal ? { signal } : {});
  const untilClosed = () => until('the stream to be closed', () => asked > 0 && open === 0);

  /** Goes on until the stream ends. */
  async function read(
    stream: AsyncIterable<StreamUserChangesResponse>,
    onToken?: (token: string) => unknown,
  ) {
    const tokens: string[] = [];
    for await (const { token } of stream) {
      tokens.push(token);
      onToken?.(token);
    }
    return tokens;
  }

  it('gives what comes until its server ends it', async () => {
    expect(await read(client.userChanges.streamUserChanges({}))).to.deep.equal(['one', 'two']);
  });

  it('ends when its loop is left', async () => {
    for await (const { token } of changes()) {
      expect(token).to.equal('one');
      expect(open).to.equal(1);
      break;
    }
    await untilClosed();
  });

  it('ends when what its loop does fails', async () => {
    const failed = await read(changes(), () => {
      throw new Error('no room');
    }).catch((error: unknown) => error);
    expect(failed).to.include({ message: 'no room' });
    await untilClosed();
  });

  it('ends when its caller aborts, or the client is closed', async () => {
    const leaving = new AbortController();
    const aborted = caught(read(changes(leaving.signal), (token) => token === 'two' && leaving.abort()));
    expect(await aborted).to.include({ code: Code.Canceled });
    await untilClosed();
    const closed = caught(read(changes(), (token) => token === 'two' && client.close()));
    expect(await closed).to.include({ code: Code.Canceled });
    await untilClosed();
  });

  describe('that is refused', () => {
    let bare: BareServer;
    let refused: number;

    beforeEach(async () => {
      refused = 0;
      bare = await openBareServer((stream) => {
        refused += 1;
        refuseAtOnce(stream, Code.Unavailable);
      });
      client.close();
      client = connect({ addresses: { 'user-service': [bare.address] } });
    });
    afterEach(() => bare.close());

    const readOne = async () => expect(await caught(read(changes()))).to.include({ code: Code.Unavailable });

    it('is not repeated: only its reader knows where to go on', async () => {
      await readOne();
      expect(refused).to.equal(1);
    });

    it('takes nothing from the retries of calls, however often', async () => {
      for (let i = 0; i < 10; i += 1) await readOne();
      refused = 0;
      expect(await caught(client.users.getJsonWebKeySet({}))).to.include({ code: Code.Unavailable });
      expect(refused).to.equal(3);
    });
  });
});
