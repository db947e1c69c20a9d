import { becomeLive, catchUp } from './catch-up.js';
import type { FlightPosition, FlightUpdate } from './flight-updates.js';
import { findResumePoint } from './resume-point.js';
import { createRoom, type Room, type RoomParts } from './room.js';
import { createSeat, type Member, type Seat, type ToFrame } from './seat.js';

/** A place that was taken and gets nothing yet, so that the member can be answered first. */
export interface Joined {
  /** Whether the updates that the member asked for are all still there; undefined when it asked for none. */
  readonly recovered: boolean | undefined;
  /** Gives the member what it asked for and then what the room gets. Resolves once it has caught up or is gone. */
  begin(): Promise<void>;
}

/** The rooms of this edge: those that somebody sits in. */
export interface Rooms {
  /** How many there are. */
  readonly size: number;
  /** The flights that they are about. */
  flightCodes(): readonly string[];
  /** Takes an update from wherever, in any order, as often as it comes. */
  announce(update: FlightUpdate): void;
  /** Hears how far a flight has come. */
  expect(position: FlightPosition): void;
  /**
   * Takes a place in a room, which is opened for it if need be. Who has one already keeps it as it is.
   *
   * @param after the last update that the member knows; undefined for live ones only
   * @throws Fault when the store can't be asked
   */
  join(member: Member, flightCode: string, after: number | undefined): Promise<Joined>;
  /** Gives a place back, if the member has one. */
  leave(member: Member, flightCode: string): void;
  leaveAll(member: Member): void;
  /** Takes a user's places in a room away, on all of its sockets. */
  removeUser(userId: number, flightCode: string): void;
}

/** So many flights without a room here are remembered by the number that was announced last. */
const HEARD_LIMIT = 10_000;

const KEPT: Joined = { recovered: undefined, begin: async () => undefined };

export function createRooms(parts: RoomParts & { readonly toFrame: ToFrame }): Rooms {
  const { store } = parts;
  const rooms = new Map<string, Room>();
  /** A room opens at a position that was read a moment ago; what was announced since then must not wait for a check. */
  const heard = new Map<string, number>();

  function remember({ flightCode, sequence }: FlightUpdate): void {
    const latest = Math.max(sequence, heard.get(flightCode) ?? 0);
    heard.delete(flightCode);
    heard.set(flightCode, latest);
    if (heard.size <= HEARD_LIMIT) return;
    const [oldest] = heard.keys();
    if (oldest !== undefined) heard.delete(oldest);
  }

  function open({ flightCode, latest }: FlightPosition): Room {
    const found = rooms.get(flightCode);
    if (found !== undefined) return found;
    const room = createRoom(flightCode, latest + 1, parts);
    rooms.set(flightCode, room);
    room.expect(heard.get(flightCode) ?? 0);
    return room;
  }

  function sit(member: Member, room: Room): Seat {
    const seat = createSeat(member);
    room.seats.add(seat);
    member.seats.set(room.flightCode, seat);
    return seat;
  }

  function leave(member: Member, flightCode: string): void {
    const seat = member.seats.get(flightCode);
    const room = rooms.get(flightCode);
    if (seat === undefined || room === undefined) return;
    seat.state = 'left';
    member.seats.delete(flightCode);
    room.seats.delete(seat);
    if (room.seats.size > 0) return;
    room.close();
    rooms.delete(flightCode);
  }

  async function joinLive(member: Member, flightCode: string): Promise<Joined> {
    const room = rooms.get(flightCode) ?? (await openLive(member, flightCode));
    const seat = sit(member, room);
    return {
      recovered: undefined,
      async begin() {
        seat.next = room.next;
        becomeLive(seat);
      },
    };
  }

  async function openLive({ signal }: Member, flightCode: string): Promise<Room> {
    const [position] = await store.positions([flightCode], signal);
    signal.throwIfAborted();
    return open(position ?? { flightCode, latest: 0, oldest: 0 });
  }

  async function joinAfter(member: Member, flightCode: string, after: number): Promise<Joined> {
    const history = await store.list(flightCode, after, member.signal);
    member.signal.throwIfAborted();
    const room = open(history.position);
    const seat = sit(member, room);
    seat.next = findResumePoint(after + 1, history);
    return { recovered: seat.next === after + 1, begin: () => catchUp(seat, room, history, parts) };
  }

  return {
    get size() {
      return rooms.size;
    },
    flightCodes: () => [...rooms.keys()],
    announce(update) {
      remember(update);
      rooms.get(update.flightCode)?.take([update]);
    },
    expect({ flightCode, latest }) {
      rooms.get(flightCode)?.expect(latest);
    },
    async join(member, flightCode, after) {
      if (member.seats.has(flightCode)) return KEPT;
      return after === undefined ? joinLive(member, flightCode) : joinAfter(member, flightCode, after);
    },
    leave,
    leaveAll(member) {
      for (const flightCode of [...member.seats.keys()]) leave(member, flightCode);
    },
    removeUser(userId, flightCode) {
      for (const { member } of rooms.get(flightCode)?.seats ?? [])
        if (member.userId === userId) leave(member, flightCode);
    },
  };
}
