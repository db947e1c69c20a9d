import type { Server } from 'node:http';
import type { MeshProcess } from '@flight/mesh';
import { createEvents } from './api/events.js';
import { encodeUpdate } from './api/frames.js';
import { createPerformEvent } from './api/perform-event.js';
import type { Socket } from './api/socket.js';
import type { SocketEventSpec } from './api/socket-event.js';
import { createSocketRecords } from './api/socket-records.js';
import { openSocketServer } from './api/socket-server.js';
import { createUpdateRecords } from './api/update-records.js';
import type { UpgradeRules } from './api/upgrade.js';
import type { Config } from './config.js';
import { createFanOut } from './domain/fan-out.js';
import type { UpdatePublisher, UpdateStore } from './domain/flight-updates.js';
import { createRooms } from './domain/rooms.js';
import type { Subscriptions } from './domain/subscriptions.js';
import { feedRooms } from './domain/update-feed.js';

/** What the WebSocket face asks of others. */
interface SocketBackends {
  readonly subscriptions: Subscriptions;
  readonly publisher: UpdatePublisher;
  readonly store: UpdateStore;
}

/** The edge's other face. */
export interface SocketFace {
  /** The table that it serves. */
  readonly events: readonly SocketEventSpec[];
  /** Takes a server's upgrades and begins to feed the rooms, until the process stops. */
  openSockets(http: Server, parts: Pick<UpgradeRules, 'verifier' | 'requestLimit'>): void;
}

/** Puts the WebSocket face together. Nothing is opened yet. */
export function prepareSocketFace(mesh: MeshProcess, config: Config, backends: SocketBackends): SocketFace {
  const { log, metrics, closing, tracer } = mesh;
  const { policy, timeLimits, socketLimits: limits } = config;
  const sockets = new Set<Socket>();
  const records = createSocketRecords(metrics.registry, () => sockets.size);
  const updateRecords = createUpdateRecords({
    registry: metrics.registry,
    log,
    countRooms: () => rooms.size,
  });
  const { store } = backends;
  const fanOut = createFanOut(encodeUpdate, updateRecords);
  const rooms = createRooms({ store, fanOut, records: updateRecords, toFrame: encodeUpdate });
  const events = createEvents({ ...backends, policy, rooms, roomsPerSocket: limits.roomsPerSocket });
  const perform = createPerformEvent(events, { timeLimits, log, records, tracer });
  return {
    events,
    openSockets(http, parts) {
      const ending = new AbortController();
      const feeding = feedRooms({
        store,
        rooms,
        records: updateRecords,
        checkEveryMs: config.positionCheckMs,
        signal: ending.signal,
      });
      closing.add('feed of updates', () => {
        ending.abort();
        return feeding;
      });
      const rules = {
        ...parts,
        allowedOrigins: config.allowedOrigins,
        trustsProxy: config.trustProxy !== false,
      };
      const server = openSocketServer(http, { rules, limits, sockets, rooms, perform, records, log });
      closing.add('sockets', server.close);
    },
  };
}
