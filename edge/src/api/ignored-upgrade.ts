import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Whether a request wants what is not spoken here, such as h2c: RFC 9110, section 7.8, leaves it to us to ignore that. */
export function wantsOtherUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() !== 'websocket' && !hasBody(headers);
}

/** Answers a request as if it had not asked for an upgrade. */
export function ignoreUpgrade(http: Server, request: IncomingMessage, connection: Duplex): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(connection as Socket);
  response.once('finish', () => connection.end());
  http.emit('request', request, response);
}

/** A body would have to be read off the connection by hand. */
function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
