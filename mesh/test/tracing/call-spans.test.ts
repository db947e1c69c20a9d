import { UserServiceDefinition } from '@flight/proto/user';
import { expect } from 'chai';
import { type Client, dial } from '../../src/client/dial.js';
import { createEndpoint } from '../../src/client/endpoint.js';
import { Fault } from '../../src/fault.js';
import type { Attempt, Lane } from '../../src/lane/lane.js';
import { createMetrics } from '../../src/metrics.js';
import { toServedEnd } from '../../src/tracing/call-spans.js';
import { faultOf } from '../support/fault-of.js';
import { createRecordingTracer, type RecordingTracer } from '../support/recording-tracer.js';

const GET_USER = 'flight.user.v1.UserService/GetUser';
const PARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const REQUEST = { userId: 1 };

/** What becomes of an attempt: an answer, a failure, or nothing until it is cancelled. */
type Fate = 'answer' | 'hang' | Fault;

describe('the spans of a call', () => {
  /** What each attempt said of itself, in order. */
  let attempts: Attempt[];
  let tracer: RecordingTracer;

  beforeEach(() => {
    attempts = [];
    tracer = createRecordingTracer();
  });

  /** A client of two instances whose attempts, wherever they go, fare as is said. */
  function dialled(fates: readonly Fate[], by?: { readonly tracer: undefined }): Client<UserService> {
    const left = [...fates];
    const lane: Lane = {
      unary: (_method, _request, attempt) => {
        attempts.push(attempt);
        return suffer(left.shift() ?? 'answer');
      },
      stream: () => {
        throw new Error('nothing streams here');
      },
      close: () => undefined,
    };
    const current = [1, 2].map((n) => {
      const instance = { id: `callee_${n}`, host: '10.0.0.1', port: n, tags: [], metadata: {} };
      return createEndpoint(instance, lane, () => undefined);
    });
    return dial(UserServiceDefinition, {
      service: 'callee',
      endpoints: { current, close: () => undefined },
      metrics: createMetrics({ service: 'caller', instance: 'caller_1' }),
      policy: { retries: true, hedges: true },
      tracer: by ? by.tracer : tracer,
    });
  }

  function suffer(fate: Fate) {
    let cancel = (): void => undefined;
    const response = new Promise<never>((resolve, reject) => {
      cancel = () => reject(new Fault('cancelled', 'CANCELLED', 'cancelled'));
      if (fate === 'answer') resolve({ user: undefined } as never);
      else if (fate !== 'hang') reject(fate);
    });
    return { response, cancel };
  }

  const sentTraceparents = () => attempts.map(({ metadata }) => metadata.get('traceparent')[0]);

  it('are one for the call and, under it, one for its attempt, which is what the callee is told', async () => {
    await dialled(['answer']).getUser(REQUEST, { traceparent: PARENT, requestId: 'r-1' });
    const [call, attempt, ...more] = tracer.spans;
    expect(more).to.deep.equal([]);
    expect(call).to.deep.include({ name: GET_USER, kind: 'internal', parent: PARENT });
    expect(attempt).to.deep.include({
      name: `Attempt ${GET_USER}`,
      kind: 'client',
      parent: call?.traceparent,
    });
    expect(attempt?.attributes).to.deep.include({
      'rpc.system': 'grpc',
      'rpc.service': 'flight.user.v1.UserService',
      'rpc.method': 'GetUser',
      'server.address': '10.0.0.1',
      request_id: 'r-1',
      attempt: 0,
      hedge: false,
    });
    expect(sentTraceparents()).to.deep.equal([attempt?.traceparent]);
    for (const span of [call, attempt])
      expect(span?.ended).to.deep.equal({ attributes: { 'rpc.grpc.status_code': 0 } });
  });

  it('show a retry as a second attempt at another instance', async () => {
    const refused = new Fault('unavailable', 'UNREACHABLE', 'somebody@example.com is not to be told');
    await dialled([refused, 'answer']).getUser(REQUEST, { traceparent: PARENT });
    const [call, first, second] = tracer.spans;
    expect([first?.parent, second?.parent]).to.deep.equal([call?.traceparent, call?.traceparent]);
    expect([first?.attributes.attempt, second?.attributes.attempt]).to.deep.equal([0, 1]);
    expect(new Set([first?.attributes.instance, second?.attributes.instance]).size).to.equal(2);
    expect(first?.ended).to.deep.equal({
      attributes: { 'rpc.grpc.status_code': 14 },
      failure: 'UNREACHABLE',
    });
    expect(second?.ended?.failure).to.equal(undefined);
    expect(call?.ended?.failure).to.equal(undefined);
    expect(sentTraceparents()).to.deep.equal([first?.traceparent, second?.traceparent]);
  });

  it('show a hedge, and the attempt that it outran as no failure', async () => {
    await dialled(['hang', 'answer']).getUser(REQUEST);
    const [call, first, second] = tracer.spans;
    expect([first?.attributes.hedge, second?.attributes.hedge]).to.deep.equal([false, true]);
    expect(second?.ended).to.deep.equal({ attributes: { 'rpc.grpc.status_code': 0 } });
    expect(call?.ended?.failure).to.equal(undefined);
    expect(first?.ended).to.deep.equal({ attributes: { outrun: true } });
  });

  it('begin a trace when the call is made for nobody', async () => {
    await dialled(['answer']).getUser(REQUEST);
    expect(tracer.spans[0]?.parent).to.equal(undefined);
  });

  it("tell a failure's reason and nothing of its message", async () => {
    const fault = new Fault('not_found', 'USER_NOT_FOUND', 'there is no alice@example.com');
    await faultOf(dialled([fault]).getUser(REQUEST));
    for (const span of tracer.spans) expect(span.ended?.failure).to.equal('USER_NOT_FOUND');
    expect(JSON.stringify(tracer.spans)).not.to.include('alice');
  });

  it('are none without a tracer, and the traceparent goes on as it came', async () => {
    await dialled(['answer'], { tracer: undefined }).getUser(REQUEST, { traceparent: PARENT });
    expect(sentTraceparents()).to.deep.equal([PARENT]);
    expect(tracer.spans).to.deep.equal([]);
  });

  it("call what the caller did wrong no failure of the callee's", () => {
    const refusal = toServedEnd(new Fault('not_found', 'USER_NOT_FOUND', 'User not found'));
    expect(refusal).to.deep.equal({ attributes: { 'rpc.grpc.status_code': 5, reason: 'USER_NOT_FOUND' } });
    const defect = toServedEnd(new TypeError('cannot read alice'));
    expect(defect).to.deep.equal({ attributes: { 'rpc.grpc.status_code': 13 }, failure: 'INTERNAL' });
  });
});

type UserService = typeof UserServiceDefinition;
