import { until } from '@flight/local';
import { UserServiceDefinition } from '@flight/proto/user';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { faultOf } from '../support/fault-of.js';
import { openRawClient } from '../support/raw-client.js';
import { openUserMesh, type UserMesh } from '../support/user-mesh.js';
import { naming, type UserHandlers } from '../support/user-service.js';

describe('a dialled service', function () {
  this.timeout(30_000);
  let mesh: UserMesh;

  before(async () => {
    mesh = await openUserMesh();
  });

  afterEach(() => mesh.closeServers());
  after(() => mesh.close());

  it('spreads calls over all instances', async () => {
    const calls: string[] = [];
    const client = await mesh.dialled('spread', {
      a: naming('a', calls),
      b: naming('b', calls),
      c: naming('c', calls),
    });
    for (let n = 0; n < 60; n++) await client.getJsonWebKeySet({});
    expect(new Set(calls)).to.deep.equal(new Set(['a', 'b', 'c']));
  });

  it('sends a pinned call to its instance only', async () => {
    const calls: string[] = [];
    const client = await mesh.dialled('pinned', { a: naming('a', calls), b: naming('b', calls) });
    for (let n = 0; n < 10; n++) await client.getJsonWebKeySet({}, { instance: 'b' });
    expect(new Set(calls)).to.deep.equal(new Set(['b']));
    expect(await faultOf(client.getJsonWebKeySet({}, { instance: 'z' }))).to.deep.include({
      reason: 'NO_INSTANCE',
    });
  });

  it('takes the instance that a call was sent with on to where it is one', async () => {
    const calls: string[] = [];
    const inner = await mesh.dialled('inner-pin', { p: naming('p', calls), q: naming('q', calls) });
    const passing: Partial<UserHandlers> = {
      getJsonWebKeySet: (_request, call) => inner.getJsonWebKeySet({}, { parent: call }),
    };
    await mesh.dialled('outer-pin', { r: passing });
    const [outer] = mesh.caller.instances('outer-pin').current;
    const client = openRawClient(`${outer?.host}:${outer?.port}`);
    for (let n = 0; n < 10; n++) {
      await client.call(UserServiceDefinition, 'getJsonWebKeySet', {}, { metadata: { 'x-instance': 'q' } });
    }
    client.close();
    expect(calls).to.deep.equal(Array(10).fill('q'));
  });

  it('fails at once, not at the deadline, when no instance was ever known', async () => {
    const client = mesh.caller.dial('nobody', UserServiceDefinition);
    const began = Date.now();
    const fault = await faultOf(client.getJsonWebKeySet({}, { timeoutMs: 5000 }));
    expect(fault).to.deep.include({ kind: 'unavailable', reason: 'NO_INSTANCE' });
    expect(Date.now() - began).to.be.below(1000);
  });

  it('carries identity and remaining time to the handler', async () => {
    let seen: { token: string | undefined; requestId: string; remaining: number } | undefined;
    const client = await mesh.dialled('identity', {
      a: {
        getUser: async (request, call) => {
          seen = { token: call.token, requestId: call.requestId, remaining: call.deadline - Date.now() };
          throw new Fault('not_found', 'USER_NOT_FOUND', 'User not found', {
            user_id: String(request.userId),
          });
        },
      },
    });
    const options = { token: 'abc', requestId: 'req-1', timeoutMs: 700 };
    const fault = await faultOf(client.getUser({ userId: 9 }, options));
    expect(fault).to.deep.include({ reason: 'USER_NOT_FOUND', facts: { user_id: '9' }, domain: 'identity' });
    expect(seen).to.deep.include({ token: 'abc', requestId: 'req-1' });
    expect(seen?.remaining).to.be.within(1, 701);
  });

  it('answers no later than the deadline, and the handler hears that it is over', async () => {
    const aborted: string[] = [];
    const client = await mesh.dialled('slow', {
      a: {
        getJsonWebKeySet: (_request, call) =>
          new Promise((_resolve, reject) => {
            call.signal.addEventListener('abort', () => {
              aborted.push((call.signal.reason as Fault).reason);
              reject(call.signal.reason);
            });
          }),
      },
    });
    const began = Date.now();
    const fault = await faultOf(client.getJsonWebKeySet({}, { timeoutMs: 200 }));
    expect(fault).to.deep.include({ kind: 'deadline_exceeded', reason: 'DEADLINE_EXCEEDED' });
    expect(Date.now() - began).to.be.within(195, 260);
    await until('the handler to hear', () => aborted.length === 1);
  });

  it('cancels the callee within 50 ms of its own cancellation', async () => {
    let arrived = 0;
    const heardAt: number[] = [];
    const client = await mesh.dialled('cancelled', {
      a: {
        getJsonWebKeySet: (_request, call) =>
          new Promise((_resolve, reject) => {
            arrived += 1;
            call.signal.addEventListener('abort', () => {
              heardAt.push(performance.now());
              reject(call.signal.reason);
            });
          }),
      },
    });
    const times: number[] = [];
    // The best of a few, for the machine is shared.
    for (let round = 1; round <= 5; round++) {
      const abort = new AbortController();
      const options = { signal: abort.signal, timeoutMs: 10_000, instance: 'a' };
      const outcome = faultOf(client.getJsonWebKeySet({}, options));
      await until('the call to arrive', () => arrived === round);
      const cancelledAt = performance.now();
      abort.abort();
      expect((await outcome).kind).to.equal('cancelled');
      await until('the callee to hear', () => heardAt.length === round);
      times.push((heardAt.at(-1) ?? Infinity) - cancelledAt);
    }
    expect(Math.min(...times)).to.be.below(50);
  });

  it('passes deadline, token and cancellation on to the next call down', async () => {
    let innerRemaining = 0;
    let innerToken: string | undefined;
    const inner = await mesh.dialled('inner', {
      a: {
        getJsonWebKeySet: async (_request, call) => {
          innerRemaining = call.deadline - Date.now();
          innerToken = call.token;
          return { keys: [] };
        },
      },
    });
    const outer = await mesh.dialled('outer', {
      a: {
        getJsonWebKeySet: (_request, call) => inner.getJsonWebKeySet({}, { parent: call, timeoutMs: 60_000 }),
      },
    });
    await outer.getJsonWebKeySet({}, { timeoutMs: 500, token: 'abc' });
    expect(innerRemaining).to.be.within(1, 500);
    expect(innerToken).to.equal('abc');
  });

  it('tries a repeatable call again on another instance, and tells it so', async () => {
    const attempts: number[] = [];
    const failing: Partial<UserHandlers> = {
      subscribe: async () => {
        throw new Fault('unavailable', 'UNREACHABLE', 'away');
      },
    };
    const working: Partial<UserHandlers> = {
      subscribe: async (_request, call) => {
        attempts.push(call.attempt);
        return { subscription: undefined, alreadySubscribed: false };
      },
    };
    const client = await mesh.dialled('repeatable', { failing, working });
    for (let n = 0; n < 20; n++) await client.subscribe({ flightCode: 'FL001', requestId: String(n) });
    expect(attempts).to.have.length(20);
    expect(attempts).to.include(1);
  });

  it('never repeats a call whose contract does not allow it', async () => {
    let calls = 0;
    const failing: Partial<UserHandlers> = {
      simulateFailure: async () => {
        calls++;
        throw new Fault('unavailable', 'UNREACHABLE', 'away');
      },
    };
    const client = await mesh.dialled('unrepeatable', { a: failing, b: failing });
    await faultOf(client.simulateFailure({}));
    expect(calls).to.equal(1);
  });

  it('opens the breaker of an instance that fails five times in a row, and of no other', async () => {
    const failing: Partial<UserHandlers> = {
      simulateFailure: async () => {
        throw new Fault('internal', 'SIMULATED_FAILURE', 'as asked');
      },
    };
    const client = await mesh.dialled('breaking', { a: failing, b: failing, c: failing });
    const outcomes: string[] = [];
    for (let n = 0; n < 6; n++)
      outcomes.push((await faultOf(client.simulateFailure({}, { instance: 'a' }))).reason);
    expect(outcomes).to.deep.equal([...Array(5).fill('SIMULATED_FAILURE'), 'BREAKER_OPEN']);
    expect((await faultOf(client.simulateFailure({}, { instance: 'b' }))).reason).to.equal(
      'SIMULATED_FAILURE',
    );
  });

  it('does not take business refusals for failures', async () => {
    const refusing: Partial<UserHandlers> = {
      getUser: async () => {
        throw new Fault('not_found', 'USER_NOT_FOUND', 'User not found');
      },
    };
    const client = await mesh.dialled('refusing', { a: refusing });
    for (let n = 0; n < 200; n++) {
      expect((await faultOf(client.getUser({ userId: 1 }, { instance: 'a' }))).reason).to.equal(
        'USER_NOT_FOUND',
      );
    }
  });
});
