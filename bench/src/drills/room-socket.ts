import { once } from 'node:events';
import { type RawData, WebSocket } from 'ws';

/** An update as a member of its room hears it. */
export interface HeardUpdate {
  readonly seq: number;
  readonly text: string;
}

/** A connection to one edge. */
export interface RoomSocket {
  /**
   * Sends an event and waits for its answer.
   *
   * @throws Error with the message of an error answer, or when none comes in time or ever
   */
  ask(event: string, data: object): Promise<void>;
  /** Resolves when the connection has ended, however it did. */
  readonly ended: Promise<void>;
  end(): void;
}

interface Frame {
  readonly event: string;
  readonly id?: number;
  readonly seq?: number;
  readonly data: { readonly message?: string; readonly update?: string };
}

interface Question {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const OPEN_TIMEOUT_MS = 5000;
const ANSWER_TIMEOUT_MS = 5000;

/** Connects to an edge. Rejects when it does not answer. */
export async function openRoomSocket(options: {
  readonly edgeUrl: string;
  readonly token: string;
  readonly onUpdate?: (update: HeardUpdate) => void;
}): Promise<RoomSocket> {
  const { edgeUrl, token, onUpdate = () => undefined } = options;
  const socket = new WebSocket(`${edgeUrl.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: OPEN_TIMEOUT_MS,
  });
  const questions = new Map<number, Question>();
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  void ended.then(() => {
    for (const { reject } of questions.values()) reject(new Error('the connection ended without an answer'));
  });
  let asked = 0;

  function hear(raw: RawData): void {
    const { event, id, seq, data } = JSON.parse(raw.toString()) as Frame;
    if (event === 'flight_update') {
      onUpdate({ seq: seq ?? 0, text: data.update ?? '' });
      return;
    }
    const question = questions.get(id ?? 0);
    if (event === 'error') question?.reject(new Error(data.message));
    else question?.resolve();
  }

  socket.on('message', hear);
  // A connection that breaks is what a drill is for; `ended` tells of it.
  socket.on('error', () => socket.terminate());
  await once(socket, 'open');
  return {
    ended,
    end: () => socket.terminate(),
    async ask(event, data) {
      const id = ++asked;
      const answered = new Promise<void>((resolve, reject) => questions.set(id, { resolve, reject }));
      const late = () => questions.get(id)?.reject(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`));
      const timer = setTimeout(late, ANSWER_TIMEOUT_MS);
      try {
        if (socket.readyState !== WebSocket.OPEN) throw new Error('the connection has ended');
        socket.send(JSON.stringify({ event, id, data }));
        await answered;
      } finally {
        clearTimeout(timer);
        questions.delete(id);
      }
    },
  };
}
