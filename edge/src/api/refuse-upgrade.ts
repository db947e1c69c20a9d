import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RefusalAnswer } from './refusal-answer.js';

/** Answers a request to upgrade like any other request that is refused, and closes the connection. */
export function refuseUpgrade(
  connection: Duplex,
  { status, type, text, headers }: RefusalAnswer,
  requestId: string,
): void {
  if (!connection.writable) {
    connection.destroy();
    return;
  }
  const all = {
    ...headers,
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    // RFC 6455, section 4.4: a client of another version learns which one is spoken.
    ...(status === 400 && { 'Sec-WebSocket-Version': '13' }),
    Connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', ''].join('\r\n');
  connection.once('finish', () => connection.destroy());
  connection.end(head + text);
}
