import type { FlightUpdate } from './flight-updates.js';

/** An update as it goes over the wire, made once for all who get it. */
export interface UpdateFrame {
  readonly sequence: number;
  readonly bytes: Buffer;
}

export type ToFrame = (update: FlightUpdate) => UpdateFrame;

/** Somebody who can sit in rooms: a socket. */
export interface Member {
  readonly userId: number;
  /** Where it sits, by flight code. Kept by the rooms. */
  readonly seats: Map<string, Seat>;
  /** Aborts when it is gone. */
  readonly signal: AbortSignal;
  /** Writes frames, in order. Neither waits nor throws. */
  deliver(frames: readonly UpdateFrame[]): void;
  /** Resolves when everything that was written has left this process, or the member is gone. */
  flushed(): Promise<void>;
}

/**
 * A member's place in a room. `waiting` gets nothing from the room yet: it is being answered, or reads up on what it
 * missed; `live` gets what the room gets.
 */
export interface Seat {
  readonly member: Member;
  /** The number that is due next to this member. */
  next: number;
  state: 'waiting' | 'live' | 'left';
}

export function createSeat(member: Member): Seat {
  return { member, next: 0, state: 'waiting' };
}

/**
 * Writes to a seat what of some frames it did not get yet.
 *
 * @param frames in order, without gaps
 * @returns how many
 */
export function deliverTo(seat: Seat, frames: readonly UpdateFrame[]): number {
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined || last.sequence < seat.next) return 0;
  // Nearly always all of them are, and this runs for each member.
  const fresh = first.sequence >= seat.next ? frames : frames.filter(({ sequence }) => sequence >= seat.next);
  seat.next = last.sequence + 1;
  seat.member.deliver(fresh);
  return fresh.length;
}
