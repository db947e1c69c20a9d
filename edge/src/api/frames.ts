import type { FlightUpdate } from '../domain/flight-updates.js';
import { toProblem } from '../domain/problem.js';
import type { UpdateFrame } from '../domain/seat.js';

/** What a client sent, as far as it can be read. */
export interface ClientFrame {
  /** Undefined when there is none, or none that could be meant. */
  readonly event: string | undefined;
  /** What the client calls this frame, as JSON again. Undefined when it doesn't. */
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Longer ones are no names of events, and are not repeated. */
const EVENT_LENGTH = 64;

const NOTHING: ClientFrame = { event: undefined, id: undefined, data: undefined };

/** Reads a frame. What can't be read, or not be repeated, is a frame without an event. */
export function readFrame(bytes: Buffer, isBinary: boolean): ClientFrame {
  if (isBinary) return NOTHING;
  try {
    return toClientFrame(JSON.parse(bytes.toString()));
  } catch {
    // No JSON, or an id so deep that it can be read and not written. More is not told: the errors quote the frame.
    return NOTHING;
  }
}

function toClientFrame(value: unknown): ClientFrame {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NOTHING;
  const { event, id, data } = value as Readonly<Record<string, unknown>>;
  return {
    event: typeof event === 'string' && event.length <= EVENT_LENGTH ? event : undefined,
    id: Object.hasOwn(value, 'id') ? JSON.stringify(id) : undefined,
    data,
  };
}

export function encodeAnswer({ event, id }: ClientFrame, data: unknown): string {
  return encode(event, id, data);
}

/** The answer to what failed: why, for people and for programs, and which event it was. */
export function encodeError({ event, id }: ClientFrame, error: unknown): string {
  const { message, reason } = toProblem(error);
  return encode('error', id, { message, reason, event });
}

function encode(event: string | undefined, id: string | undefined, data: unknown): string {
  const named = id === undefined ? '' : `,"id":${id}`;
  return `{"event":${JSON.stringify(event)}${named},"data":${JSON.stringify(data)}}`;
}

export function encodeUpdate({ flightCode, sequence, update }: FlightUpdate): UpdateFrame {
  const frame = { event: 'flight_update', room: toRoomName(flightCode), seq: sequence, data: { update } };
  return { sequence, bytes: Buffer.from(JSON.stringify(frame)) };
}

/** What clients call the room of a flight. */
export function toRoomName<Code extends string>(flightCode: Code): `flight_updates_${Code}` {
  return `flight_updates_${flightCode}`;
}
