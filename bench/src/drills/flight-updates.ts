import { setMaxListeners } from 'node:events';
import { formatTable, type Stack, startStack, until } from '@flight/local';
import { signUp } from '../sign-up.js';
import { type Broadcasters, startBroadcasters } from './broadcasters.js';
import { FLIGHT_UPDATE_FAULTS, strikeInTurn } from './faults.js';
import { keepMember, type Member } from './member.js';
import { openRoomSocket } from './room-socket.js';
import { type Summary, summarizeTallies, tallyMember } from './tally.js';

const FLIGHT_CODES = ['FL001', 'FL002', 'FL003', 'FL004'];
/** On each edge, in each room. */
const MEMBERS = 5;
const CONTROLS = 1;
const BROADCASTERS_PER_EDGE = 12;
/** Of each broadcaster; all together send 12 × 2 × 12 = 288 a second. */
const BROADCASTS_PER_SECOND = 12;

/** Which share of the broadcasts must be acknowledged, or too little was shown. */
const ACKNOWLEDGED_MIN = 0.95;
/** An edge that was killed is back within a few seconds, and what was missed comes with it. */
const LONGEST_MS = 15_000;
/** How long members may take to catch up after the last broadcast, in milliseconds. */
const CATCH_UP_MS = 30_000;

/**
 * Broadcasts to rooms on two edges while a user-service, Redis and an edge are taken away in turn. Every member of a
 * room must see every acknowledged update once and in order. Beside them sit controls that come back without saying
 * how far they had come: they must lose some, or the faults did not hurt.
 *
 * @param count how many updates are broadcast at least; it goes on until the last fault is over
 * @returns which bounds were missed
 */
export async function drillFlightUpdates(
  count: number,
  report: (line: string) => void,
): Promise<readonly string[]> {
  const stack = await startStack({ counts: { edge: 2 } });
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  try {
    report(`flight updates: ${count} broadcasts to ${FLIGHT_CODES.length} rooms on two edges`);
    const edgeUrls = stack.instances.flatMap(({ httpUrl }) => httpUrl ?? []);
    const token = await subscribedToken(stack);
    const seat = { token, stopped: stopped.signal };
    const members = await seatMembers(edgeUrls, MEMBERS, { ...seat, resumes: true });
    const controls = await seatMembers(edgeUrls, CONTROLS, { ...seat, resumes: false });
    let struck = false;
    const broadcasters = startBroadcasters({
      edgeUrls,
      token,
      flightCodes: FLIGHT_CODES,
      perEdge: BROADCASTERS_PER_EDGE,
      perSecond: BROADCASTS_PER_SECOND,
      isOver: (sent) => sent >= count && struck,
    });
    const progress = () => broadcasters.broadcasts.length / count;
    await strikeInTurn(stack, FLIGHT_UPDATE_FAULTS, progress, report);
    await stack.untilHealthy();
    struck = true;
    await broadcasters.done;
    await letCatchUp(edgeUrls, token, [...members, ...controls], report);
    return judge(broadcasters, members, controls, report);
  } finally {
    stopped.abort();
    await stack.close();
  }
}

async function subscribedToken({ edgeUrl }: Stack): Promise<string> {
  const token = await signUp(edgeUrl, 'drill');
  const socket = await openRoomSocket({ edgeUrl, token });
  for (const flightCode of FLIGHT_CODES) await socket.ask('subscribe', { flight_code: flightCode });
  socket.end();
  return token;
}

async function seatMembers(
  edgeUrls: readonly string[],
  each: number,
  seat: { readonly token: string; readonly resumes: boolean; readonly stopped: AbortSignal },
): Promise<readonly Member[]> {
  const places = edgeUrls.flatMap((edgeUrl) =>
    FLIGHT_CODES.flatMap((flightCode) => Array.from({ length: each }, () => ({ edgeUrl, flightCode }))),
  );
  const members = places.map((place) => keepMember({ ...seat, ...place }));
  await Promise.all(members.map(({ joined }) => joined));
  return members;
}

/** A last update to each room: whoever has it, has been sent all before it or will never be. */
async function letCatchUp(
  edgeUrls: readonly string[],
  token: string,
  members: readonly Member[],
  report: (line: string) => void,
): Promise<void> {
  const last = 'That was all';
  await until('all members to be back', () => members.every(({ present }) => present), CATCH_UP_MS);
  const socket = await openRoomSocket({ edgeUrl: edgeUrls[0] ?? '', token });
  for (const flightCode of FLIGHT_CODES)
    await socket.ask('broadcast_update', { flight_code: flightCode, update: last });
  socket.end();
  const waiting = () => members.filter(({ receipts }) => receipts.at(-1)?.text !== last);
  // Who does not get it is counted as having lost it, with all else that did not come.
  await until('the last update', () => waiting().length === 0, CATCH_UP_MS).catch(() =>
    report(`${waiting().length} members did not get the last update within ${CATCH_UP_MS / 1000} s`),
  );
}

function judge(
  { broadcasts }: Broadcasters,
  members: readonly Member[],
  controls: readonly Member[],
  report: (line: string) => void,
): readonly string[] {
  const summarize = (each: readonly Member[]) =>
    summarizeTallies(
      each.map(({ flightCode, receipts }) =>
        tallyMember(
          receipts,
          broadcasts.filter((broadcast) => broadcast.flightCode === flightCode),
        ),
      ),
    );
  const acknowledged = broadcasts.filter(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined).length;
  const [resuming, forgetful] = [summarize(members), summarize(controls)];
  report(
    formatTable([
      ['', 'members', 'came back', 'received', 'lost', 'twice', 'out of order', 'p99 ms', 'longest ms'],
      toRow('resuming with `after`', resuming, members),
      toRow('control: without it', forgetful, controls),
    ]),
  );
  report(
    `acknowledged: ${acknowledged} of ${broadcasts.length}; lost, twice, out of order: of the worst member`,
  );
  const { lost, twice, outOfOrder } = resuming.worst;
  const missed: readonly (readonly [missed: boolean, bound: string])[] = [
    [acknowledged < ACKNOWLEDGED_MIN * broadcasts.length, `${ACKNOWLEDGED_MIN * 100} % are acknowledged`],
    [lost > 0, 'no member loses an acknowledged update'],
    [twice > 0, 'no member sees an update twice'],
    [outOfOrder > 0, 'every member sees the updates in order'],
    [!(resuming.longestMs <= LONGEST_MS), `no update takes longer than ${LONGEST_MS / 1000} s`],
    [members.some(({ returns }) => returns === 0), 'the faults reach every member'],
    [forgetful.worst.lost === 0, 'the control loses something'],
  ];
  return missed.flatMap(([isMissed, bound]) => (isMissed ? [bound] : []));
}

function toRow(name: string, summary: Summary, members: readonly Member[]): string[] {
  const { worst, received, longestMs, p99Ms } = summary;
  const returns = members.reduce((sum, member) => sum + member.returns, 0);
  const counts = [members.length, returns, received, worst.lost, worst.twice, worst.outOfOrder];
  return [name, ...counts.map(String), p99Ms.toFixed(0), longestMs.toFixed(0)];
}
