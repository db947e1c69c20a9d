import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@flight/local';
import { signUp } from '../../sign-up.js';
import { readTokenOwner } from '../../token-owner.js';
import { askTimes, type Sample, startLoad } from '../load.js';
import { openRoomSocket, type RoomSocket } from '../room-socket.js';
import type { Acknowledged } from './acknowledged.js';
import { openRestClient } from './rest-client.js';

/** Writes and reads of users through the edge, until they are stopped. */
export interface UserLoad {
  /** Subscriptions `sub:<user>:<code>` and accounts `user:<name>`. */
  readonly acknowledged: readonly Acknowledged[];
  readonly registrations: readonly Registration[];
  readonly reads: readonly Sample[];
  /** Why writes over WebSocket were refused, and how often. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** A registration that was answered. */
export interface Registration {
  readonly sentAtMs: number;
  readonly tookMs: number;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly hasRetryAfter: boolean;
}

/** Who subscribe to flights, one after the other, each over a connection of their own. */
const WRITERS = 16;
/** Of each; an edge allows a connection 20. */
const WRITES_PER_SECOND = 8;
const RECONNECT_MS = 100;
/** A registration costs a password's hash: few are enough to see how writes are refused. */
const REGISTRARS = 2;
const REGISTRATION_EVERY_MS = 500;
const READS_PER_SECOND = 50;
/** So many of each before anything happens. */
const WRITES_AHEAD = 200;
const READS_AHEAD = 100;
const PATIENCE_MS = 60_000;
const PASSWORD = 'correct horse battery staple';

/** Signs users up and begins; resolves when the load is running. */
export async function startUserLoad(edgeUrl: string): Promise<UserLoad> {
  const acknowledged: Acknowledged[] = [];
  const registrations: Registration[] = [];
  const refusals = new Map<string, number>();
  const client = openRestClient(edgeUrl);
  let running = true;
  let written = 0;

  async function subscribeOn(socket: RoomSocket, user: number): Promise<void> {
    const sentAtMs = performance.now();
    const code = `D${(written++).toString(36).toUpperCase()}`;
    try {
      await socket.ask('subscribe', { flight_code: code });
      acknowledged.push({ what: `sub:${user}:${code}`, atMs: performance.now() });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      refusals.set(why, (refusals.get(why) ?? 0) + 1);
    }
    await pause(Math.max(0, 1000 / WRITES_PER_SECOND - (performance.now() - sentAtMs)));
  }

  async function write(token: string): Promise<void> {
    const user = readTokenOwner(token);
    while (running) {
      const socket = await openRoomSocket({ edgeUrl, token }).catch(() => undefined);
      if (socket === undefined) await pause(RECONNECT_MS);
      else await writeOver(socket, user);
    }
  }

  async function writeOver(socket: RoomSocket, user: number): Promise<void> {
    let open = true;
    void socket.ended.then(() => {
      open = false;
    });
    while (running && open) await subscribeOn(socket, user);
    socket.end();
  }

  async function register(registrar: number): Promise<void> {
    for (let number = 0; running; number++) {
      const username = `new-${registrar}-${number}`;
      const sentAtMs = performance.now();
      const body = { username, password: PASSWORD, email: `${username}@example.com` };
      const answer = await client
        .ask({ method: 'POST', path: '/api/auth/register', body })
        .catch(() => undefined);
      const atMs = performance.now();
      const status = answer?.status ?? 0;
      const hasRetryAfter = answer?.headers['retry-after'] !== undefined;
      registrations.push({ sentAtMs, tookMs: atMs - sentAtMs, status, hasRetryAfter });
      if (status === 201) acknowledged.push({ what: `user:${username}`, atMs });
      await pause(Math.max(0, REGISTRATION_EVERY_MS - (atMs - sentAtMs)));
    }
  }

  const tokens: string[] = [];
  await askTimes(WRITERS, 2, async (number) => void tokens.push(await signUp(edgeUrl, `writer${number}`)));
  if (tokens.length < WRITERS) throw new Error('not all writers could sign up');
  const reader = readTokenOwner(await signUp(edgeUrl, 'reader'));
  const writing = [
    ...tokens.map(write),
    ...Array.from({ length: REGISTRARS }, (_, index) => register(index)),
  ];
  const reading = startLoad(READS_PER_SECOND, async () => {
    const { status, body } = await client.ask({
      method: 'GET',
      path: `/api/auth/user-subscriptions/${reader}`,
    });
    return status === 200 ? undefined : `${status} ${JSON.stringify(body)}`;
  });
  const stop = async () => {
    running = false;
    await Promise.all([...writing, reading.stop()]);
    client.close();
  };
  const isRunning = () => acknowledged.length >= WRITES_AHEAD && reading.samples.length >= READS_AHEAD;
  try {
    await until('writes and reads', isRunning, PATIENCE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { acknowledged, registrations, refusals, reads: reading.samples, stop };
}
