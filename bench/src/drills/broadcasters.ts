import { setTimeout as pause } from 'node:timers/promises';
import { openRoomSocket, type RoomSocket } from './room-socket.js';
import type { Broadcast } from './tally.js';

/** Sends updates, each with a text of its own, to rooms in turn. */
export interface Broadcasters {
  /** What was sent so far and what became of it; one that is still waited for is not in it yet. */
  readonly broadcasts: readonly Broadcast[];
  /** Resolves when it is over and all have been answered or given up. */
  readonly done: Promise<void>;
}

export interface BroadcastersOptions {
  readonly edgeUrls: readonly string[];
  readonly token: string;
  readonly flightCodes: readonly string[];
  /** Broadcasters on each edge, each with a connection of its own and one update at a time. */
  readonly perEdge: number;
  /** The most that one of them sends in a second; an edge allows a connection 20. */
  readonly perSecond: number;
  /** Asked before each update, with the number of those that were sent: whether it was the last one. */
  readonly isOver: (sent: number) => boolean;
}

const RETRY_MS = 100;

/** Starts broadcasting. A broadcast that is refused or not answered is not repeated: the next one is another. */
export function startBroadcasters(options: BroadcastersOptions): Broadcasters {
  const { edgeUrls, token, flightCodes, perEdge, perSecond, isOver } = options;
  const broadcasts: Broadcast[] = [];
  let taken = 0;

  async function broadcast(socket: RoomSocket): Promise<void> {
    const number = taken++;
    const flightCode = flightCodes[number % flightCodes.length] ?? '';
    const text = `Update ${number} of ${flightCode}`;
    const sentAtMs = performance.now();
    const acknowledgedAtMs = await socket
      .ask('broadcast_update', { flight_code: flightCode, update: text })
      .then(
        () => performance.now(),
        () => undefined,
      );
    broadcasts.push({ flightCode, text, sentAtMs, acknowledgedAtMs });
    await pause(1000 / perSecond - (performance.now() - sentAtMs));
  }

  async function broadcastOver(socket: RoomSocket): Promise<void> {
    let open = true;
    void socket.ended.then(() => {
      open = false;
    });
    while (open && !isOver(taken)) await broadcast(socket);
    socket.end();
  }

  async function run(edgeUrl: string): Promise<void> {
    while (!isOver(taken)) {
      const socket = await openRoomSocket({ edgeUrl, token }).catch(() => undefined);
      await (socket === undefined ? pause(RETRY_MS) : broadcastOver(socket));
    }
  }

  const running = edgeUrls.flatMap((edgeUrl) => Array.from({ length: perEdge }, () => run(edgeUrl)));
  return { broadcasts, done: Promise.all(running).then(() => undefined) };
}
