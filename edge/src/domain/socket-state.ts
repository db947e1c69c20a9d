/** Why the edge closes a socket, by the name that metrics show. */
export const CLOSE_CODES = {
  /** The token's time is over: sign in and come back. */
  expired: [4401, 'The token has expired; sign in again'],
  /** Reads slower than it is told. */
  slow: [4408, 'Too slow: come back and resume'],
  /** Did not answer pings. */
  silent: [4408, 'Did not answer pings'],
  /** Went on after it was told that it says too much. */
  flooding: [4429, 'Too many events'],
  /** The edge stops; others don't (RFC 6455's registry, Service Restart). */
  restart: [1012, 'The server restarts; come back'],
} as const satisfies Readonly<Record<string, readonly [code: number, reason: string]>>;

export type CloseCause = keyof typeof CLOSE_CODES;

/** Where a socket's life has come to. */
export type SocketState =
  | { readonly kind: 'open'; readonly missedPings: number }
  /** The close frame is sent, and the other side's is waited for. */
  | { readonly kind: 'closing'; readonly cause: CloseCause }
  | { readonly kind: 'closed' };

export type SocketEvent =
  /** It is time for a ping. */
  | { readonly kind: 'ping-due' }
  /** Something came from the other side. */
  | { readonly kind: 'heard' }
  /** There is a reason to close it. */
  | { readonly kind: 'give-up'; readonly cause: CloseCause }
  /** The connection is gone. */
  | { readonly kind: 'gone' };

/** How many pings may go unanswered. */
const MISSES = 2;

export const NEW_SOCKET: SocketState = { kind: 'open', missedPings: 0 };

/** What becomes of a socket when something happens to it. */
export function moveSocket(state: SocketState, event: SocketEvent): SocketState {
  if (event.kind === 'gone') return { kind: 'closed' };
  switch (state.kind) {
    case 'closing':
    case 'closed':
      return state;
    case 'open':
      return moveOpen(state.missedPings, event);
  }
}

function moveOpen(missedPings: number, event: Exclude<SocketEvent, { kind: 'gone' }>): SocketState {
  switch (event.kind) {
    case 'heard':
      return NEW_SOCKET;
    case 'ping-due':
      return missedPings >= MISSES
        ? { kind: 'closing', cause: 'silent' }
        : { kind: 'open', missedPings: missedPings + 1 };
    case 'give-up':
      return { kind: 'closing', cause: event.cause };
  }
}
