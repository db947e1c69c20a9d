import { readFile } from 'node:fs/promises';
import type { BenchStack } from '../bench-stack.js';
import { type ChildServer, startChild } from '../child-server.js';
import { openRoomSocket } from '../drills/room-socket.js';
import type { Effort } from '../effort.js';
import { interleave, type Side } from '../interleave.js';
import { type Measurement, percentile, type Round } from '../measurement.js';
import { assertOpenFiles } from '../open-files.js';
import { openRemoteCrowd, type RemoteCrowd } from '../updates/remote-crowd.js';
import { cpuByName, perRequestMicros, type Watched, watchStack } from '../watched-processes.js';

const FEW = 1000;
const MANY = 5000;
/** Updates under way at any moment while deliveries are counted. */
const IN_FLIGHT = 10;
/** Updates told one at a time, for the time to the last member. */
const ONE_BY_ONE = 20;
const FLIGHT_CODE = 'FL001';
/** The edge's own setting, given to the other servers too, or their garbage would look like smaller sockets. */
const NODE_FLAGS = ['--max-semi-space-size=64'];

interface Room {
  readonly name: string;
  /** The process that holds the sockets. */
  readonly serverPid: number;
  /** All that work for it. */
  readonly watched: readonly Watched[];
  readonly crowd: RemoteCrowd;
}

/** One room of an edge, beside a bare ws broadcast loop and Socket.IO with the same members and the same updates. */
export async function measureUpdates(
  { stack, token }: BenchStack,
  { seconds, rounds }: Effort,
): Promise<readonly Measurement[]> {
  await assertOpenFiles(MANY + 500);
  await subscribe(stack.edgeUrl, token);
  const servers = await Promise.all([
    startChild('bare-ws', [], NODE_FLAGS),
    startChild('socket-io', [], NODE_FLAGS),
  ]);
  const [bareWs, socketIo] = servers;
  const rooms: Room[] = [];
  try {
    const target = { token, flightCode: FLIGHT_CODE, dialect: 'json' } as const;
    const edge = stack.instances.find(({ service }) => service === 'edge');
    rooms.push({
      name: 'edge + mesh',
      serverPid: edge?.pid ?? 0,
      watched: watchStack(stack),
      crowd: await openRemoteCrowd({ ...target, url: stack.edgeUrl }),
    });
    rooms.push(
      toBareRoom(
        'Socket.IO',
        socketIo,
        await openRemoteCrowd({ ...target, url: socketIo.address, dialect: 'socket.io' }),
      ),
    );
    rooms.push(toBareRoom('bare ws', bareWs, await openRemoteCrowd({ ...target, url: bareWs.address })));
    const memory = await Promise.all(rooms.map(fill));
    const many = await interleave(
      rooms.map((room) => toSide(room, MANY, seconds)),
      rounds,
    );
    await Promise.all(rooms.map(({ crowd }) => crowd.resize(FEW)));
    const few = await interleave(
      rooms.map((room) => toSide(room, FEW, seconds)),
      rounds,
    );
    return [...few, ...many.map((measured, i) => ({ ...measured, kibPerSocket: memory[i] ?? Number.NaN }))];
  } finally {
    await Promise.all([
      ...rooms.map(({ crowd }) => crowd.close()),
      ...servers.map((server) => server.close()),
    ]);
  }
}

async function subscribe(edgeUrl: string, token: string): Promise<void> {
  const socket = await openRoomSocket({ edgeUrl, token });
  await socket.ask('subscribe', { flight_code: FLIGHT_CODE });
  socket.end();
}

function toBareRoom(name: string, { pid }: ChildServer, crowd: RemoteCrowd): Room {
  return { name, serverPid: pid, watched: [{ name: 'server', pid }], crowd };
}

/**
 * Fills a room and answers what each further idle socket added to its server's memory, in KiB. The first ones don't
 * count: with them the heap takes its usual size.
 */
async function fill({ crowd, serverPid }: Room): Promise<number> {
  await crowd.resize(FEW);
  const before = await residentKib(serverPid);
  await crowd.resize(MANY);
  return ((await residentKib(serverPid)) - before) / (MANY - FEW);
}

function toSide({ name, watched, crowd }: Room, members: number, seconds: number): Side {
  return {
    name: `${members} members, ${name}`,
    async round(): Promise<Round> {
      const times = await crowd.tellOneByOne(ONE_BY_ONE);
      const all = [...watched, { name: 'members', pid: crowd.pid }];
      const before = await cpuByName(all);
      const { deliveries, elapsedMs, missing } = await crowd.flood(seconds, IN_FLIGHT);
      return {
        perSecond: deliveries / (elapsedMs / 1000),
        p50Ms: percentile(times, 0.5),
        p99Ms: percentile(times, 0.99),
        unexpected: missing,
        cpuMicros: perRequestMicros(before, await cpuByName(all), deliveries),
      };
    },
  };
}

/** Memory that a process has in RAM, in KiB. */
async function residentKib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}
