import { until } from '@flight/local';
import { expect } from 'chai';
import { createFanOut } from '../../src/domain/fan-out.js';
import type { FlightUpdate } from '../../src/domain/flight-updates.js';
import { createRooms, type Rooms } from '../../src/domain/rooms.js';
import type { Member, ToFrame } from '../../src/domain/seat.js';
import type { UpdateRecords } from '../../src/domain/update-records.js';
import { createMemoryStore, FLIGHT_CODE, type MemoryStore } from '../support/memory-store.js';
import { createRandom } from '../support/random.js';

interface TestMember extends Member {
  readonly got: number[];
  leave(): void;
}

const toFrame: ToFrame = ({ sequence }) => ({ sequence, bytes: Buffer.alloc(0) });

function createMember(userId = 1): TestMember {
  const ending = new AbortController();
  const got: number[] = [];
  return {
    userId,
    got,
    seats: new Map(),
    signal: ending.signal,
    deliver: (frames) => void got.push(...frames.map(({ sequence }) => sequence)),
    flushed: async () => undefined,
    leave: () => ending.abort(),
  };
}

function createRecords() {
  const counts = { repaired: 0, lost: 0, failed: 0 };
  const records: UpdateRecords = {
    delivered: () => undefined,
    replayed: () => undefined,
    repaired(updates) {
      counts.repaired += updates;
    },
    lost(_flightCode, updates) {
      counts.lost += updates;
    },
    storeFailed() {
      counts.failed += 1;
    },
    watchBegan: () => undefined,
    watchBroke: () => undefined,
  };
  return { counts, records };
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe('rooms', () => {
  let store: MemoryStore;
  let rooms: Rooms;
  let counts: ReturnType<typeof createRecords>['counts'];

  function setUp(pageSize?: number): void {
    const made = createRecords();
    counts = made.counts;
    store = createMemoryStore(pageSize);
    const fanOut = createFanOut(toFrame, made.records);
    rooms = createRooms({ store, fanOut, records: made.records, toFrame });
  }

  beforeEach(() => setUp());

  async function join(member: Member, after?: number) {
    const joined = await rooms.join(member, FLIGHT_CODE, after);
    void joined.begin();
    return joined.recovered;
  }

  /** As the periodic check does. */
  async function check(): Promise<void> {
    const [position] = await store.positions([FLIGHT_CODE], new AbortController().signal);
    if (position) rooms.expect(position);
  }

  it('give each member every update once and in order, whatever becomes of the announcements', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      setUp(7);
      for (let n = random(30); n > 0; n--) store.add();
      const members: { readonly member: TestMember; readonly first: number; readonly isLive: boolean }[] = [];
      const announcements: FlightUpdate[] = [];
      for (let step = 0; step < 150; step++) {
        const dice = random(10);
        if (dice < 6) {
          const update = store.add();
          // Lost, once, twice, or three times.
          for (let times = random(4); times > 0; times--) announcements.push(update);
        } else if (dice < 9) {
          // Any of them, so they overtake each other.
          const [update] = announcements.splice(random(announcements.length), 1);
          if (update) rooms.announce(update);
        } else {
          const member = createMember();
          const { latest } = await positionNow();
          const after = random(2) === 0 ? undefined : random(latest + 1);
          await join(member, after);
          members.push({ member, first: (after ?? latest) + 1, isLive: after === undefined });
        }
        if (random(5) === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await check();
      const { latest } = await positionNow();
      for (const { member, first, isLive } of members) {
        await until(() => member.got.at(-1) === latest || first > latest);
        // Who came for live updates may get some that were stored before and reach the room late.
        const start = isLive ? Math.min(member.got[0] ?? first, first) : first;
        expect(member.got, `seed ${seed}`).to.deep.equal(range(start, latest));
      }
    }
  });

  async function positionNow() {
    const [position] = await store.positions([FLIGHT_CODE], new AbortController().signal);
    return position ?? expect.fail('no position');
  }

  it('ask the store for what no announcement brought', async () => {
    const member = createMember();
    await join(member);
    store.add();
    rooms.announce(store.add());
    await until(() => member.got.length === 2);
    expect(member.got).to.deep.equal([1, 2]);
    expect(counts.repaired).to.equal(2);
  });

  it('do not ask the store for what is only late', async () => {
    const member = createMember();
    await join(member);
    const [first, second] = [store.add(), store.add()];
    rooms.announce(second);
    rooms.announce(first);
    await until(() => member.got.length === 2);
    // Only a real gap brings the first question.
    store.add();
    rooms.announce(store.add());
    await until(() => member.got.length === 4);
    expect(store.lists).to.equal(1);
  });

  it('ask one question at a time', async () => {
    const member = createMember();
    await join(member);
    store.add();
    for (let n = 0; n < 50; n++) rooms.announce(store.add());
    await until(() => member.got.length === 51);
    expect(store.lists).to.equal(1);
  });

  it('hear by the check of what was never announced', async () => {
    const member = createMember();
    await join(member);
    for (let n = 0; n < 250; n++) store.add();
    await check();
    await until(() => member.got.length === 250);
    expect(member.got).to.deep.equal(range(1, 250));
  });

  it('try again when the store was away', async () => {
    const member = createMember();
    await join(member);
    store.add();
    store.isAway = true;
    rooms.announce(store.add());
    await until(() => counts.failed > 0);
    store.isAway = false;
    await check();
    await until(() => member.got.length === 2);
    expect(member.got).to.deep.equal([1, 2]);
  });

  it('go on with what is still kept', async () => {
    const member = createMember();
    await join(member);
    for (let n = 0; n < 9; n++) store.add();
    store.trim(6);
    await check();
    await until(() => member.got.length === 4);
    expect(member.got).to.deep.equal([6, 7, 8, 9]);
    expect(counts.lost).to.equal(5);
  });

  it('replay from where a member got to, and say whether that is all', async () => {
    for (let n = 0; n < 9; n++) store.add();
    const member = createMember();
    expect(await join(member, 4)).to.equal(true);
    expect(member.got).to.deep.equal([5, 6, 7, 8, 9]);
    store.trim(7);
    const late = createMember();
    expect(await join(late, 4)).to.equal(false);
    expect(late.got).to.deep.equal([7, 8, 9]);
    store.trim(10);
    const tooLate = createMember();
    expect(await join(tooLate, 8)).to.equal(false);
    expect(await join(createMember(), 9)).to.equal(true);
    rooms.announce(store.add());
    await until(() => tooLate.got.length === 1 && late.got.length === 4);
    expect(tooLate.got).to.deep.equal([10]);
  });

  it('do not take a member at its word that claims to know the future', async () => {
    store.add();
    const member = createMember();
    expect(await join(member, 1000)).to.equal(false);
    rooms.announce(store.add());
    await until(() => member.got.length === 1);
    expect(member.got).to.deep.equal([2]);
  });

  it('go on with a replay when the store was away in the middle of it', async () => {
    setUp(2);
    for (let n = 0; n < 9; n++) store.add();
    const waiting = createMember();
    await join(waiting);
    const member = createMember();
    const joined = await rooms.join(member, FLIGHT_CODE, 0);
    store.isAway = true;
    const caughtUp = joined.begin();
    await until(() => counts.failed > 0);
    expect(member.got).to.deep.equal([1, 2]);
    rooms.announce(store.add());
    store.isAway = false;
    await caughtUp;
    expect(member.got).to.deep.equal(range(1, 10));
    await until(() => waiting.got.length > 0);
    expect(waiting.got).to.deep.equal([10]);
  });

  it('do not miss what is announced while they open', async () => {
    const member = createMember();
    const joining = rooms.join(member, FLIGHT_CODE, undefined);
    rooms.announce(store.add());
    await (await joining).begin();
    await until(() => member.got.length === 1 || rooms.size === 1);
    rooms.announce(store.add());
    await until(() => member.got.at(-1) === 2);
    expect(member.got).to.deep.equal(range(member.got[0] ?? 0, 2));
  });

  it('are closed when the last member goes, and not before', async () => {
    const [one, other] = [createMember(1), createMember(2)];
    await join(one);
    await join(other);
    rooms.leave(one, FLIGHT_CODE);
    expect(rooms.flightCodes()).to.deep.equal([FLIGHT_CODE]);
    rooms.removeUser(1, FLIGHT_CODE);
    expect(rooms.size).to.equal(1);
    rooms.leaveAll(other);
    expect(rooms.size).to.equal(0);
    expect(other.seats.size).to.equal(0);
  });

  it('do not open for a member that went meanwhile', async () => {
    for (const after of [undefined, 0]) {
      const member = createMember();
      const joining = rooms.join(member, FLIGHT_CODE, after).catch((error: unknown) => error);
      member.leave();
      expect(await joining).to.be.instanceOf(Error);
      expect(rooms.size).to.equal(0);
    }
  });
});
