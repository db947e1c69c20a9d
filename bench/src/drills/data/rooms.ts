import { setMaxListeners } from 'node:events';
import { until } from '@flight/local';
import { startBroadcasters } from '../broadcasters.js';
import { keepMember } from '../member.js';
import { openRoomSocket } from '../room-socket.js';
import { type Summary, summarizeTallies, tallyMember } from '../tally.js';
import type { RedisSystem } from './redis-system.js';

/** A flight's room on every edge, into which updates are sent. */
export interface Rooms {
  /** Ends the sending, lets the last update arrive, and says what the members got. */
  finish(): Promise<Summary & { readonly acknowledged: number; readonly sent: number }>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

const FLIGHT_CODE = 'FL001';
const MEMBERS = 3;
const PER_SECOND = 10;
const CATCH_UP_MS = 30_000;

export async function openRooms({ edgeUrls, bench }: RedisSystem): Promise<Rooms> {
  const { token } = bench;
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  const socket = await openRoomSocket({ edgeUrl: edgeUrls[0] ?? '', token });
  await socket.ask('subscribe', { flight_code: FLIGHT_CODE });
  const seats = edgeUrls.flatMap((edgeUrl) => Array.from({ length: MEMBERS }, () => edgeUrl));
  const members = seats.map((edgeUrl) =>
    keepMember({ edgeUrl, token, flightCode: FLIGHT_CODE, resumes: true, stopped: stopped.signal }),
  );
  await Promise.all(members.map(({ joined }) => joined));
  let over = false;
  const { broadcasts, done } = startBroadcasters({
    edgeUrls,
    token,
    flightCodes: [FLIGHT_CODE],
    perEdge: 1,
    perSecond: PER_SECOND,
    isOver: () => over,
  });
  async function close(): Promise<void> {
    over = true;
    stopped.abort();
    socket.end();
    await done;
  }
  return {
    close,
    async finish() {
      over = true;
      await done;
      const last = 'That was all';
      await socket.ask('broadcast_update', { flight_code: FLIGHT_CODE, update: last });
      const all = () => members.every(({ receipts }) => receipts.at(-1)?.text === last);
      // Who does not get it is counted as having lost it, with all else that did not come.
      await until('the last update', all, CATCH_UP_MS).catch(() => undefined);
      await close();
      const summary = summarizeTallies(members.map(({ receipts }) => tallyMember(receipts, broadcasts)));
      const acknowledged = broadcasts.filter(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined).length;
      return { ...summary, acknowledged, sent: broadcasts.length };
    },
  };
}
