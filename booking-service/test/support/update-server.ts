import { createServiceCredential, Fault, implement, type ServiceBinding } from '@flight/mesh';
import {
  type FlightUpdate,
  FlightUpdateServiceDefinition,
  type PublishFlightUpdateRequest,
} from '@flight/proto/user';

/** FlightUpdateService as its contract says, in memory: what a request id stored, it does not store again. */
export interface UpdateServer {
  readonly binding: ServiceBinding;
  /** Every call that came, in order, the repeats too. */
  readonly calls: readonly PublishFlightUpdateRequest[];
  /** The texts of a flight's updates, by their numbers. */
  textsOf(flightCode: string): readonly string[];
  /** Carries something out for each call after the update is stored and before it is answered; it may throw. */
  beforeAnswer(work: (request: PublishFlightUpdateRequest) => Promise<void>): void;
  /** Answers as usual again. */
  answerAtOnce(): void;
  /** Refuses the updates of a flight with a fault; without one, takes them again. */
  refuse(flightCode: string, fault?: Fault): void;
}

/** @param secret what callers' credentials are proved by */
export function createUpdateServer(secret: string): UpdateServer {
  const credentials = createServiceCredential({ service: 'user-service', secret });
  const calls: PublishFlightUpdateRequest[] = [];
  const byRequest = new Map<string, FlightUpdate>();
  const byFlight = new Map<string, FlightUpdate[]>();
  const refused = new Map<string, Fault>();
  const atOnce = () => Promise.resolve();
  let beforeAnswer: (request: PublishFlightUpdateRequest) => Promise<void> = atOnce;

  function store({ flightCode, update, requestId }: PublishFlightUpdateRequest): FlightUpdate {
    const updates = byFlight.get(flightCode) ?? [];
    const stored = { flightCode, update, sequence: updates.length + 1, createTime: new Date() };
    byFlight.set(flightCode, [...updates, stored]);
    byRequest.set(requestId, stored);
    return stored;
  }

  function take(request: PublishFlightUpdateRequest) {
    const earlier = byRequest.get(request.requestId);
    if (earlier === undefined) return { flightUpdate: store(request), replayed: false };
    if (earlier.flightCode !== request.flightCode || earlier.update !== request.update)
      throw new Fault('failed_precondition', 'REQUEST_ID_REUSED', 'Used before for another update');
    return { flightUpdate: earlier, replayed: true };
  }

  return {
    calls,
    binding: implement(FlightUpdateServiceDefinition, {
      async publishFlightUpdate(request, call) {
        await credentials.verify(call.credential);
        calls.push(request);
        const fault = refused.get(request.flightCode);
        if (fault !== undefined) throw fault;
        const answer = take(request);
        await beforeAnswer(request);
        return answer;
      },
      listFlightUpdates: notServed,
      // biome-ignore lint/correctness/useYield: it refuses instead
      followFlightUpdates: async function* () {
        await notServed();
      },
      batchGetFlightPositions: notServed,
      // biome-ignore lint/correctness/useYield: it refuses instead
      watchFlightUpdates: async function* () {
        await notServed();
      },
    }),
    textsOf: (flightCode) => (byFlight.get(flightCode) ?? []).map(({ update }) => update),
    beforeAnswer(work) {
      beforeAnswer = work;
    },
    answerAtOnce() {
      beforeAnswer = atOnce;
    },
    refuse(flightCode, fault) {
      if (fault === undefined) refused.delete(flightCode);
      else refused.set(flightCode, fault);
    },
  };
}

async function notServed(): Promise<never> {
  throw new Fault('unimplemented', 'UNKNOWN_METHOD', 'Updates are only taken here');
}
