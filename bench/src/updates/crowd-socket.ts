import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createFrameReader, OPCODE, toClientFrame } from './client-frames.js';

/** How a server wants to be spoken to: the edge's JSON frames, which the bare server takes too, or Socket.IO's. */
export type Dialect = 'json' | 'socket.io';

/** Where a crowd connects to, and how. */
export interface CrowdTarget {
  /** http://127.0.0.1:4000 */
  readonly url: string;
  readonly dialect: Dialect;
  readonly token: string;
  readonly flightCode: string;
}

export interface CrowdSocket {
  send(event: string, data: object): void;
  end(): void;
}

/** Opens a connection and hands on the text frames that come; Socket.IO's handshake and pings are done here. */
export async function openCrowdSocket(
  target: CrowdTarget,
  onText: (payload: Buffer) => void,
): Promise<CrowdSocket> {
  const { hostname, port } = new URL(target.url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const send = (text: string) => socket.write(toClientFrame(OPCODE.text, Buffer.from(text)));
  const talk = target.dialect === 'json' ? onText : talkSocketIo(send, onText);
  let tellOpen: () => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    tellOpen = resolve;
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${target.url} ended a connection`)));
  });
  const reader = createFrameReader((opcode, payload) => {
    if (opcode === OPCODE.text) talk(payload);
    else if (opcode === OPCODE.ping) socket.write(toClientFrame(OPCODE.pong, payload));
  });
  upgrade(socket, target, tellOpen, (chunk) => reader.take(chunk));
  await opened;
  return {
    send: (event, data) =>
      send(
        target.dialect === 'json' ? JSON.stringify({ event, data }) : `42${JSON.stringify([event, data])}`,
      ),
    end: () => socket.destroy(),
  };
}

/** @param onOpen called once the server has switched protocols; what follows goes to `take` */
function upgrade(
  socket: Socket,
  { dialect, token }: CrowdTarget,
  onOpen: () => void,
  take: (chunk: Buffer) => void,
): void {
  const path = dialect === 'json' ? '/ws' : '/socket.io/?EIO=4&transport=websocket';
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    socket.off('data', readHead);
    const [status = ''] = head.toString('latin1').split('\r\n');
    if (!status.includes(' 101 ')) {
      socket.destroy(new Error(`the upgrade was answered ${status}`));
      return;
    }
    socket.on('data', take);
    onOpen();
    take(head.subarray(end + 4));
  };
  socket.on('data', readHead);
}

/** Engine.IO 4 and Socket.IO 5: `0` open is answered with `40` connect, `2` ping with `3` pong; `42` is an event. */
function talkSocketIo(send: (text: string) => void, onText: (payload: Buffer) => void) {
  return (payload: Buffer) => {
    const text = payload.subarray(0, 2).toString('latin1');
    if (text.startsWith('0')) send('40');
    else if (text === '2') send('3');
    else onText(payload);
  };
}
