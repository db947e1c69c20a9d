import { openTestBed, type TestBed, until } from '@flight/local';
import { UserServiceDefinition } from '@flight/proto/user';
import { expect } from 'chai';
import type { MeshProcess } from '../../src/process.js';
import type { CallContext } from '../../src/server/call-context.js';
import { faultOf } from '../support/fault-of.js';
import { openRawClient, type RawClient } from '../support/raw-client.js';
import { serveUsers } from '../support/user-service.js';

const NAMES = ['first', 'second', 'third'] as const;
const REQUEST = { userId: 1 };

/**
 * How much later a callee's deadline may be, in milliseconds: gRPC sends the time that is left, so that clocks need not
 * agree, and the way counts on top. The caller's cancellation, sent at its own deadline, bounds it.
 */
const WAY_MS = 100;

describe('a chain of three servers', function () {
  this.timeout(30_000);
  let bed: TestBed;
  let servers: (MeshProcess & { readonly address: string })[] = [];
  let client: RawClient;
  /** The calls that each server had, by its name. */
  let seen: Map<string, CallContext>;
  /** What the last one does. */
  let last: (call: CallContext) => Promise<void>;

  before(async () => {
    bed = await openTestBed({ consul: true });
    servers = await Promise.all(NAMES.map((name, place) => serve(name, NAMES[place + 1])));
    for (const [place, server] of servers.entries()) {
      const next = NAMES[place + 1];
      if (next === undefined) continue;
      server.dial(next, UserServiceDefinition);
      await until(`${next} to be known`, () => server.instances(next).current.length === 1);
    }
    client = openRawClient(servers[0]?.address ?? '');
  });

  beforeEach(() => {
    seen = new Map();
    last = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
  });

  after(async () => {
    client.close();
    for (const server of servers) await server.close();
    await bed.close();
  });

  async function serve(name: string, next: string | undefined) {
    const server = await serveUsers({
      consulUrl: bed.consulUrl,
      service: name,
      instance: `${name}_1`,
      handlers: {
        getUser: async (request, call) => {
          seen.set(name, call);
          if (next !== undefined)
            return server.dial(next, UserServiceDefinition).getUser(request, { parent: call });
          await last(call);
          return { user: undefined };
        },
      },
    });
    return server;
  }

  const get = (options: { readonly timeoutMs?: number; readonly signal?: AbortSignal }) =>
    client.call(UserServiceDefinition, 'getUser', REQUEST, options);
  const deadlines = () => NAMES.map((name) => (seen.get(name)?.deadline ?? Number.NaN) - Date.now());

  it('hands a deadline on, never a later one', async () => {
    let left: readonly number[] = [];
    last = async () => {
      left = deadlines();
    };
    const later: number[] = [];
    // The best of a few, for the machine is shared.
    for (let round = 0; round < 5; round++) {
      await get({ timeoutMs: 700 });
      const [first = Number.NaN, second = Number.NaN, third = Number.NaN] = left;
      expect(Math.max(first, second, third)).to.be.within(1, 700 + 2 * WAY_MS);
      later.push(Math.max(second, third) - first);
    }
    expect(Math.min(...later)).to.be.at.most(WAY_MS);
  });

  it('gives a call that comes without a deadline the one of its method, and hands that on', async () => {
    let left: readonly number[] = [];
    last = async () => {
      left = deadlines();
    };
    await get({});
    for (const leftMs of left) expect(leftMs).to.be.within(500, 1000 + WAY_MS);
  });

  it('ends all of it at the deadline', async () => {
    const began = Date.now();
    const heard: number[] = [];
    last = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          heard.push(Date.now() - began);
          reject(signal.reason);
        });
      });
    expect((await faultOf(get({ timeoutMs: 300 }))).kind).to.equal('deadline_exceeded');
    await until('the last one to hear', () => heard.length === 1);
    expect(heard[0]).to.be.within(250, 1000);
  });

  it('hears within 50 ms at its end that the first caller left', async () => {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const caller = new AbortController();
      let heardAt = 0;
      let arrived = false;
      last = ({ signal }) =>
        new Promise((_, reject) => {
          arrived = true;
          signal.addEventListener('abort', () => {
            heardAt = performance.now();
            reject(signal.reason);
          });
        });
      const outcome = faultOf(get({ timeoutMs: 10_000, signal: caller.signal }));
      await until('the call to arrive', () => arrived);
      const left = performance.now();
      caller.abort();
      await until('the last one to hear', () => heardAt > 0);
      expect((await outcome).kind).to.equal('cancelled');
      for (const name of NAMES) expect(seen.get(name)?.signal.aborted, name).to.equal(true);
      times.push(heardAt - left);
    }
    expect(Math.min(...times)).to.be.below(50);
  });

  it('answers a defect at its end INTERNAL at its start, and goes on', async () => {
    last = async () => {
      throw new TypeError('a defect');
    };
    expect(await faultOf(get({}))).to.include({ kind: 'internal', message: 'An error occurred' });
    last = async () => undefined;
    await get({});
  });
});
