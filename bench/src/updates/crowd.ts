import type { CrowdSocket, CrowdTarget } from './crowd-socket.js';
import { openCrowdSocket } from './crowd-socket.js';

/** Members of one room and some who broadcast to it, in one process, so that all times are of one clock. */
export interface Crowd {
  /** Brings the number of members to this; new ones have connected and joined when it resolves. */
  resize(members: number): Promise<void>;
  /** One update at a time: for each, how long until the last member had it, in milliseconds. */
  tellOneByOne(updates: number): Promise<readonly number[]>;
  /** So many updates under way at any moment, for so long. */
  flood(seconds: number, inFlight: number): Promise<Flood>;
}

export interface Flood {
  readonly deliveries: number;
  readonly elapsedMs: number;
  /** Deliveries that did not come. */
  readonly missing: number;
}

/** The update is this long; no other frame that a member gets after it has joined is. */
const UPDATE_BYTES = 100;
const UPDATE = 'Flight is now boarding'.padEnd(UPDATE_BYTES, '.');
/** An edge takes 20 events a second from one connection; together these send more than any server delivers. */
const BROADCASTERS = 40;
/** Connections that are being opened at the same time. */
const OPENING = 50;
/** How long the last deliveries may take, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Opens the connections that broadcast; members come with `resize`. */
export async function openCrowd(target: CrowdTarget): Promise<Crowd> {
  const members: CrowdSocket[] = [];
  const broadcasters: CrowdSocket[] = [];
  let published = 0;
  let delivered = 0;
  let onDelivery: () => void = () => undefined;

  for (let n = 0; n < BROADCASTERS; n += 1)
    broadcasters.push(await openCrowdSocket(target, (frame) => assertNoRefusal(frame)));

  async function join(): Promise<void> {
    let tellJoined: () => void = () => undefined;
    let isMember = false;
    const joined = new Promise<void>((resolve) => {
      tellJoined = resolve;
    });
    const socket = await openCrowdSocket(target, (frame) => {
      if (isMember && frame.length >= UPDATE_BYTES) {
        delivered += 1;
        onDelivery();
      } else if (frame.includes('Connected to room')) {
        isMember = true;
        tellJoined();
      } else if (target.dialect === 'socket.io' && !isMember) enter();
      else assertNoRefusal(frame);
    });
    const enter = () => socket.send('connect-room', { flight_code: target.flightCode });
    if (target.dialect === 'json') enter();
    await joined;
    members.push(socket);
  }

  function publish(): void {
    const socket = broadcasters[published % broadcasters.length];
    published += 1;
    socket?.send('broadcast_update', { flight_code: target.flightCode, update: UPDATE });
  }

  /** Resolves when so many deliveries have come, or it is too late for them. */
  function untilDelivered(count: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        onDelivery = () => undefined;
        resolve();
      };
      const timer = setTimeout(finish, PATIENCE_MS);
      onDelivery = () => {
        if (delivered >= count) finish();
      };
      onDelivery();
    });
  }

  return {
    async resize(count) {
      for (const socket of members.splice(count)) socket.end();
      while (members.length < count)
        await Promise.all(Array.from({ length: Math.min(OPENING, count - members.length) }, join));
    },

    async tellOneByOne(updates) {
      const times: number[] = [];
      for (let n = 0; n < updates; n += 1) {
        const began = performance.now();
        const target = delivered + members.length;
        publish();
        await untilDelivered(target);
        if (delivered < target) throw new Error('an update did not reach every member');
        times.push(performance.now() - began);
      }
      return times;
    },

    async flood(seconds, inFlight) {
      const before = { published, delivered };
      const began = performance.now();
      const end = began + seconds * 1000;
      for (let n = 0; n < inFlight; n += 1) publish();
      while (performance.now() < end) {
        await untilDelivered(
          before.delivered + (published - before.published - inFlight + 1) * members.length,
        );
        publish();
      }
      const owed = (published - before.published) * members.length;
      await untilDelivered(before.delivered + owed);
      const deliveries = delivered - before.delivered;
      return { deliveries, elapsedMs: performance.now() - began, missing: owed - deliveries };
    },
  };
}

/** A broadcast that is refused would be waited for in vain: better the benchmark says why. */
function assertNoRefusal(frame: Buffer): void {
  if (frame.includes('"event":"error"')) throw new Error(`a server refused: ${frame.toString()}`);
}
