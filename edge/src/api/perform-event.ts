import { randomUUID } from 'node:crypto';
import { type Logger, type Span, type Tracer, traceIdOf } from '@flight/mesh';
import type { Verdict } from '../domain/event-allowance.js';
import { toProblem } from '../domain/problem.js';
import { Refusal } from '../domain/refusal.js';
import type { TimeLimits } from '../domain/time-limit.js';
import { parseEventData } from './event-data.js';
import { type ClientFrame, encodeAnswer, encodeError } from './frames.js';
import type { Socket } from './socket.js';
import type { Reply, SocketEventSpec } from './socket-event.js';
import type { SocketRecords } from './socket-records.js';

/** What all events are carried out with. */
export interface EventSetting {
  readonly timeLimits: TimeLimits;
  readonly log: Logger;
  readonly records: SocketRecords;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
}

export type PerformEvent = (socket: Socket, frame: ClientFrame, verdict: Verdict) => Promise<void>;

/** An event that was taken up. */
interface Begun {
  readonly requestId: string;
  readonly span: Span | undefined;
}

/** Makes what carries out the events of a table. It answers each frame once and never rejects. */
export function createPerformEvent(events: readonly SocketEventSpec[], setting: EventSetting): PerformEvent {
  const { timeLimits, log, records, tracer } = setting;
  const specs = new Map(events.map((spec) => [spec.event, spec]));

  async function carryOut(
    socket: Socket,
    spec: SocketEventSpec,
    data: unknown,
    { requestId, span }: Begun,
  ): Promise<Reply> {
    const { identity, token, signal } = socket;
    const deadline = Date.now() + timeLimits[spec.deadline];
    return spec.handle({
      data: parseEventData(spec, data),
      identity,
      member: socket,
      mutationId: randomUUID(),
      call: { deadline, signal, requestId, token, traceparent: span?.traceparent },
    });
  }

  /** Defects are logged whole. */
  function refuse(socket: Socket, frame: ClientFrame, error: unknown, { requestId, span }: Begun): void {
    if (toProblem(error).status === 500) {
      const names = { request_id: requestId, trace_id: traceIdOf(span?.traceparent) };
      log.error({ ...names, event: specs.get(frame.event ?? '')?.event, err: error }, 'failed');
    }
    socket.answer(encodeError(frame, error));
  }

  return async (socket, frame, verdict) => {
    const requestId = randomUUID();
    const spec = specs.get(frame.event ?? '');
    const span = tracer && spec && beginEventSpan(tracer, spec.event, requestId);
    const begun = { requestId, span };
    const over = records.began(spec?.event ?? 'unknown');
    try {
      if (verdict !== 'admitted') throw toRefusal(verdict);
      if (spec === undefined)
        throw new Refusal(frame.event === undefined ? 'FRAME_MALFORMED' : 'EVENT_UNKNOWN');
      const { data, afterwards } = await carryOut(socket, spec, frame.data, begun);
      over('answered');
      span?.end();
      socket.answer(encodeAnswer(frame, data));
      await afterwards?.();
    } catch (error) {
      if (socket.signal.aborted) {
        over('abandoned');
        span?.end({ attributes: { abandoned: true } });
        return;
      }
      const { status, reason } = toProblem(error);
      over(status >= 500 ? 'failed' : 'refused');
      span?.end(status >= 500 ? { failure: reason } : { attributes: { reason } });
      refuse(socket, frame, error, begun);
    }
  };
}

/** A frame names no trace of its client's, so one begins here. */
function beginEventSpan(tracer: Tracer, event: string, requestId: string): Span {
  const attributes = { 'network.protocol.name': 'websocket', event, request_id: requestId };
  return tracer.startSpan({ name: `WebSocket ${event}`, kind: 'server', parent: undefined, attributes });
}

function toRefusal(verdict: Exclude<Verdict, 'admitted'>): Refusal {
  return new Refusal(verdict === 'too-busy' ? 'EVENTS_WAITING' : 'TOO_MANY_EVENTS');
}
