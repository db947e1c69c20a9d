import { pause } from '@flight/mesh';
import { openRoomSocket, type RoomSocket } from './room-socket.js';
import type { Receipt } from './tally.js';

/** Somebody who sits in a flight's room and comes back whenever the connection breaks. */
export interface Member {
  readonly flightCode: string;
  /** Every update that came, in the order in which it came. */
  readonly receipts: readonly Receipt[];
  /** Whether it is in the room at this moment. */
  readonly present: boolean;
  /** How often it had to come back. */
  readonly returns: number;
  /** Resolves when it is in the room for the first time. */
  readonly joined: Promise<void>;
}

export interface MemberOptions {
  readonly edgeUrl: string;
  readonly token: string;
  readonly flightCode: string;
  /** Whether it says how far it has come when it comes back. One that does not is the drill's control. */
  readonly resumes: boolean;
  readonly stopped: AbortSignal;
}

const RETRY_MS = 100;

/** Keeps a member in its room until the signal aborts. The user must be subscribed to the flight. */
export function keepMember(options: MemberOptions): Member {
  const { edgeUrl, token, flightCode, resumes, stopped } = options;
  const receipts: Receipt[] = [];
  let entered = 0;
  let present = false;
  let tellJoined: () => void = () => undefined;
  const joined = new Promise<void>((resolve) => {
    tellJoined = resolve;
  });
  const onUpdate = ({ seq, text }: { seq: number; text: string }) =>
    receipts.push({ seq, text, atMs: performance.now() });

  async function enter(socket: RoomSocket): Promise<void> {
    const after = receipts.at(-1)?.seq ?? 0;
    const resume = resumes && entered > 0 ? { after } : {};
    await socket.ask('connect-room', { flight_code: flightCode, ...resume });
    entered += 1;
    present = true;
    tellJoined();
  }

  async function stayOnce(): Promise<void> {
    const socket = await openRoomSocket({ edgeUrl, token, onUpdate });
    const leave = () => socket.end();
    stopped.addEventListener('abort', leave);
    try {
      await enter(socket);
      await socket.ended;
    } finally {
      present = false;
      stopped.removeEventListener('abort', leave);
      socket.end();
      await socket.ended;
    }
  }

  async function stay(): Promise<void> {
    while (!stopped.aborted) {
      // Refused while the edge or what it needs is away: that is the drill, and the tally counts what it cost.
      await stayOnce().catch(() => pause(RETRY_MS, stopped));
    }
  }

  void stay();
  return {
    flightCode,
    receipts,
    joined,
    get present() {
      return present;
    },
    get returns() {
      return Math.max(0, entered - 1);
    },
  };
}
