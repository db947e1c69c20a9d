import { randomUUID } from 'node:crypto';
import type { Logger } from '@flight/mesh';
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
}

export type PerformEvent = (socket: Socket, frame: ClientFrame, verdict: Verdict) => Promise<void>;

/** Makes what carries out the events of a table. It answers each frame once and never rejects. */
export function createPerformEvent(events: readonly SocketEventSpec[], setting: EventSetting): PerformEvent {
  const { timeLimits, log, records } = setting;
  const specs = new Map(events.map((spec) => [spec.event, spec]));

  async function carryOut(
    socket: Socket,
    spec: SocketEventSpec,
    data: unknown,
    requestId: string,
  ): Promise<Reply> {
    const { identity, token, signal } = socket;
    const deadline = Date.now() + timeLimits[spec.deadline];
    return spec.handle({
      data: parseEventData(spec, data),
      identity,
      member: socket,
      mutationId: randomUUID(),
      call: { deadline, signal, requestId, token, traceparent: undefined },
    });
  }

  /** Defects are logged whole. */
  function refuse(socket: Socket, frame: ClientFrame, error: unknown, requestId: string): void {
    if (toProblem(error).status === 500) {
      log.error({ request_id: requestId, event: specs.get(frame.event ?? '')?.event, err: error }, 'failed');
    }
    socket.answer(encodeError(frame, error));
  }

  return async (socket, frame, verdict) => {
    const requestId = randomUUID();
    const spec = specs.get(frame.event ?? '');
    const over = records.began(spec?.event ?? 'unknown');
    try {
      if (verdict !== 'admitted') throw toRefusal(verdict);
      if (spec === undefined)
        throw new Refusal(frame.event === undefined ? 'FRAME_MALFORMED' : 'EVENT_UNKNOWN');
      const { data, afterwards } = await carryOut(socket, spec, frame.data, requestId);
      over('answered');
      socket.answer(encodeAnswer(frame, data));
      await afterwards?.();
    } catch (error) {
      if (socket.signal.aborted) {
        over('abandoned');
        return;
      }
      over(toProblem(error).status >= 500 ? 'failed' : 'refused');
      refuse(socket, frame, error, requestId);
    }
  };
}

function toRefusal(verdict: Exclude<Verdict, 'admitted'>): Refusal {
  return new Refusal(verdict === 'too-busy' ? 'EVENTS_WAITING' : 'TOO_MANY_EVENTS');
}
