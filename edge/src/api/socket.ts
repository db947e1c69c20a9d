import type { Duplex } from 'node:stream';
import { type Identity, whenOver } from '@flight/mesh';
import type { WebSocket } from 'ws';
import { createEventAllowance, type Verdict } from '../domain/event-allowance.js';
import type { Member, UpdateFrame } from '../domain/seat.js';
import type { SocketLimits } from '../domain/socket-limits.js';
import {
  CLOSE_CODES,
  type CloseCause,
  moveSocket,
  NEW_SOCKET,
  type SocketEvent,
  type SocketState,
} from '../domain/socket-state.js';
import { createFrameQueue } from './frame-queue.js';
import { type ClientFrame, readFrame } from './frames.js';

/** A connected client. */
export interface Socket extends Member {
  readonly identity: Identity;
  /** The token that it connected with. */
  readonly token: string;
  /** Writes an answer, unless it is too late. */
  answer(text: string): void;
  close(cause: CloseCause): void;
}

export interface SocketParts {
  readonly ws: WebSocket;
  /** What the WebSocket runs over. */
  readonly connection: Duplex;
  readonly identity: Identity;
  readonly token: string;
  readonly limits: SocketLimits;
  /** Does what a frame asks for, unless there were too many. Never rejects. */
  perform(socket: Socket, frame: ClientFrame, verdict: Verdict): Promise<void>;
  /** Hears that the edge gave the socket up. */
  onGivenUp(cause: CloseCause): void;
  /** Hears that nothing more can be said on it: the rooms are to forget it. Comes once. */
  onEnding(socket: Socket): void;
  /** Hears that the connection is gone. Comes once. */
  onGone(socket: Socket): void;
}

const TEXT = { binary: false } as const;
const NO_BYTES = Buffer.alloc(0);

/** How long the other side may take to close, in milliseconds; then the connection is cut. */
const CLOSING_MS = 3000;

/** Makes a socket of a WebSocket that was just opened. */
export function createSocket(parts: SocketParts): Socket {
  const { ws, connection, identity, token, limits } = parts;
  const ending = new AbortController();
  const allowance = createEventAllowance({
    perSecond: limits.eventsPerSecond,
    waiting: limits.eventsWaiting,
  });
  const queue = createFrameQueue();
  const heartbeat = setInterval(() => beat(), limits.pingEveryMs);
  const forgetExpiry = whenOver(identity.expiresAt, () => move({ kind: 'give-up', cause: 'expired' }));
  let impatience: NodeJS.Timeout | undefined;
  let state: SocketState = NEW_SOCKET;

  function move(event: SocketEvent): void {
    const before = state.kind;
    state = moveSocket(state, event);
    if (state.kind === before) return;
    if (before === 'open') end();
    if (state.kind === 'closing') giveUp(state.cause);
    if (state.kind === 'closed') {
      clearTimeout(impatience);
      parts.onGone(socket);
    }
  }

  function end(): void {
    clearInterval(heartbeat);
    forgetExpiry();
    queue.clear();
    ending.abort(new Error('the socket is gone'));
    parts.onEnding(socket);
  }

  function giveUp(cause: CloseCause): void {
    parts.onGivenUp(cause);
    const [code, reason] = CLOSE_CODES[cause];
    ws.close(code, reason);
    impatience = setTimeout(() => ws.terminate(), CLOSING_MS);
  }

  function beat(): void {
    move({ kind: 'ping-due' });
    if (state.kind === 'open') ws.ping();
  }

  function hear(bytes: Buffer, isBinary: boolean): void {
    move({ kind: 'heard' });
    if (state.kind !== 'open') return;
    const verdict = allowance.judge(performance.now(), queue.waiting);
    if (verdict === 'going-on') {
      move({ kind: 'give-up', cause: 'flooding' });
      return;
    }
    const frame = readFrame(bytes, isBinary);
    queue.push(() => parts.perform(socket, frame, verdict));
  }

  /** Whoever reads too slowly is let go before it costs memory that others need. */
  function checkBacklog(): void {
    if (ws.bufferedAmount > limits.unsentBytes) move({ kind: 'give-up', cause: 'slow' });
  }

  const socket: Socket = {
    identity,
    token,
    userId: identity.userId,
    seats: new Map(),
    signal: ending.signal,

    answer(text) {
      if (state.kind !== 'open') return;
      ws.send(text);
      checkBacklog();
    },

    deliver(frames: readonly UpdateFrame[]) {
      if (state.kind !== 'open') return;
      const several = frames.length > 1;
      if (several) connection.cork();
      for (const { bytes } of frames) ws.send(bytes, TEXT);
      if (several) connection.uncork();
      checkBacklog();
    },

    flushed() {
      return new Promise((resolve) => {
        // The callback comes when everything before is written, or can't be any more.
        if (connection.writable) connection.write(NO_BYTES, () => resolve());
        else resolve();
      });
    },

    close: (cause) => move({ kind: 'give-up', cause }),
  };

  ws.on('message', (data, isBinary) => hear(data as Buffer, isBinary));
  ws.on('pong', () => move({ kind: 'heard' }));
  ws.on('close', () => move({ kind: 'gone' }));
  // Frames that break the protocol end in a close with their code, which is all there is to say.
  ws.on('error', () => undefined);
  return socket;
}
