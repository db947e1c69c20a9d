import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@flight/mesh';
import { type WebSocket, WebSocketServer } from 'ws';
import { toProblem } from '../domain/problem.js';
import { Refusal } from '../domain/refusal.js';
import { findRequestId } from '../domain/request-names.js';
import type { Rooms } from '../domain/rooms.js';
import type { SocketLimits } from '../domain/socket-limits.js';
import { closeSpread } from './drain.js';
import { ignoreUpgrade, wantsOtherUpgrade } from './ignored-upgrade.js';
import type { PerformEvent } from './perform-event.js';
import { toRefusalAnswer } from './refusal-answer.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { createSocket, type Socket } from './socket.js';
import type { SocketRecords } from './socket-records.js';
import { type Admitted, admitUpgrade, SUBPROTOCOL, type UpgradeRules } from './upgrade.js';

export interface SocketServerOptions {
  readonly rules: UpgradeRules;
  readonly limits: SocketLimits;
  readonly sockets: Set<Socket>;
  readonly rooms: Rooms;
  readonly perform: PerformEvent;
  readonly records: SocketRecords;
  readonly log: Logger;
}

/** The WebSocket side of an HTTP server. */
export interface SocketServer {
  /** Takes no new sockets and closes all, spread over a while so that they don't all come back at once. */
  close(): Promise<void>;
}

/** Takes the upgrades of an HTTP server. */
export function openSocketServer(http: Server, options: SocketServerOptions): SocketServer {
  const { rules, limits, sockets, rooms, perform, records, log } = options;
  const upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    // Compressing every message for every member would cost more than all else.
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
  let admitting = 0;
  let stopping = false;

  http.on('upgrade', (request, connection, head) => {
    if (wantsOtherUpgrade(request)) ignoreUpgrade(http, request, connection);
    else void upgrade(request, connection, head);
  });
  upgrader.on('wsClientError', (_error, connection, request) =>
    refuse(request, connection, new Refusal('UPGRADE_MALFORMED')),
  );

  async function upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    // A client that goes away now is heard of when its connection is written to.
    connection.on('error', () => connection.destroy());
    admitting += 1;
    try {
      assertRoom();
      const admitted = await admitUpgrade(request, rules);
      if (stopping) throw new Refusal('STOPPING');
      upgrader.handleUpgrade(request, connection, head, (ws) => welcome(ws, connection, admitted));
    } catch (error) {
      refuse(request, connection, error);
    } finally {
      admitting -= 1;
    }
  }

  function assertRoom(): void {
    if (stopping) throw new Refusal('STOPPING');
    if (sockets.size + admitting > limits.sockets) throw new Refusal('TOO_MANY_SOCKETS');
  }

  function welcome(ws: WebSocket, connection: Duplex, { identity, token }: Admitted): void {
    const socket = createSocket({
      ws,
      connection,
      identity,
      token,
      limits,
      perform,
      onGivenUp: (cause) => records.givenUp(cause),
      onEnding: (ending) => rooms.leaveAll(ending),
      onGone: (gone) => void sockets.delete(gone),
    });
    sockets.add(socket);
  }

  function refuse(request: IncomingMessage, connection: Duplex, error: unknown): void {
    const requestId = findRequestId(request.headers['x-request-id']?.toString()) ?? randomUUID();
    const { status } = toProblem(error);
    if (status === 500) log.error({ request_id: requestId, err: error }, 'failed');
    records.refused(status);
    refuseUpgrade(connection, toRefusalAnswer(error, request.headers.accept), requestId);
  }

  return {
    async close() {
      stopping = true;
      await closeSpread(sockets, limits.drainMs);
    },
  };
}
