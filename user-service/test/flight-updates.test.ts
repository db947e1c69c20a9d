import { until } from '@flight/local';
import { expect } from 'chai';
import { PASSWORD, signedIn } from './support/people.js';
import { refusalOf } from './support/refusal.js';
import { openUserBed, type UpdateClient, type UserBed, type UserClient } from './support/user-bed.js';

describe('flight updates', function () {
  this.timeout(30_000);
  let bed: UserBed;
  let users: UserClient;
  let updates: UpdateClient;
  let other: UpdateClient;
  let userId: number;
  let token: string;
  let credential: string;

  before(async () => {
    bed = await openUserBed();
    const [one, two] = await Promise.all([bed.start(), bed.start()]);
    ({ users, updates } = one);
    other = two.updates;
    ({ userId, token } = await signedIn(users));
    credential = await bed.credential();
  });
  after(() => bed.close());

  function publish(flightCode: string, update: string, requestId = '', from = updates) {
    return from.publishFlightUpdate({ flightCode, update, requestId }, { token });
  }

  function list(flightCode: string, afterSequence = 0, pageSize = 0, pageToken = '') {
    return updates.listFlightUpdates({ flightCode, afterSequence, pageSize, pageToken }, { token });
  }

  describe('publishing', () => {
    it('numbers each flight’s updates from 1 up, whatever the case of its code', async () => {
      const first = await publish('num01', 'Flight is now boarding');
      expect(first.replayed).to.equal(false);
      expect(first.flightUpdate).to.deep.include({
        flightCode: 'NUM01',
        sequence: 1,
        update: 'Flight is now boarding',
      });
      expect(first.flightUpdate?.createTime?.getTime()).to.be.closeTo(Date.now(), 10_000);
      expect((await publish('NUM01', 'Gate closed')).flightUpdate?.sequence).to.equal(2);
      expect((await publish('NUM02', 'Delayed')).flightUpdate?.sequence).to.equal(1);
    });

    it('gives 200 calls of 50 publishers, each sent twice, the numbers 1 to 200', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, async (_, publisher) => {
          const sequences: (number | undefined)[] = [];
          for (let i = 0; i < 4; i += 1) {
            const text = `${publisher}:${i}`;
            const twice = [
              publish('RACE1', text, `race-${text}`),
              publish('RACE1', text, `race-${text}`, other),
            ];
            const [one, two] = await Promise.all(twice);
            expect(one?.flightUpdate).to.deep.equal(two?.flightUpdate);
            expect([one?.replayed, two?.replayed].sort()).to.deep.equal([false, true]);
            sequences.push(one?.flightUpdate?.sequence);
          }
          return sequences;
        }),
      );
      const numbers = Array.from({ length: 200 }, (_, i) => i + 1);
      expect(answers.flat().sort((a, b) => Number(a) - Number(b))).to.deep.equal(numbers);
      // Each publisher waited for its answer, so its own updates come in its order.
      for (const sequences of answers)
        expect(sequences).to.deep.equal(sequences.toSorted((a, b) => Number(a) - Number(b)));
      const { flightUpdates } = await list('RACE1', 0, 1000);
      expect(flightUpdates.map(({ sequence }) => sequence)).to.deep.equal(numbers);
      expect(new Set(flightUpdates.map(({ update }) => update)).size).to.equal(200);
    });

    it('dates no update before the one it follows', async () => {
      const late = await bed.start({}, { now: () => Date.now() + 3_600_000 });
      const request = { flightCode: 'CLOCK', update: 'from the future', requestId: '' };
      const ahead = await late.updates.publishFlightUpdate(request, { credential });
      const behind = await publish('CLOCK', 'from now');
      expect(behind.flightUpdate?.createTime).to.deep.equal(ahead.flightUpdate?.createTime);
    });

    it('answers a repeat with the update that was stored, on any instance', async () => {
      const first = await publish('REPLAY', 'Delayed', 'replay-1');
      await publish('REPLAY', 'Boarding');
      expect(await publish('replay', 'Delayed', 'replay-1', other)).to.deep.equal({
        ...first,
        replayed: true,
      });
      expect((await list('REPLAY')).flightUpdates).to.have.length(2);
    });

    it('refuses a request id that comes with other arguments, and takes no number for it', async () => {
      await publish('REUSE', 'Delayed', 'reuse-1');
      for (const [flightCode, update] of [
        ['REUSE', 'Boarding'],
        ['REUSE2', 'Delayed'],
      ] as const) {
        const refusal = await refusalOf(publish(flightCode, update, 'reuse-1'));
        expect(refusal).to.include({ kind: 'failed_precondition', reason: 'REQUEST_ID_REUSED' });
      }
      expect((await publish('REUSE', 'Gate closed')).flightUpdate?.sequence).to.equal(2);
      expect((await list('REUSE2')).position?.latestSequence).to.equal(0);
    });

    it('tells the request ids of users and services apart', async () => {
      const request = { flightCode: 'SCOPE', update: 'Delayed', requestId: 'scope-1' };
      const someone = await signedIn(users);
      const callers = [
        { token },
        { token: someone.token },
        { credential },
        { credential: await bed.credential('booking-service') },
      ];
      for (const [i, caller] of callers.entries()) {
        const { flightUpdate, replayed } = await updates.publishFlightUpdate(request, caller);
        expect([flightUpdate?.sequence, replayed]).to.deep.equal([i + 1, false]);
      }
      for (const [i, caller] of callers.entries()) {
        const { flightUpdate, replayed } = await updates.publishFlightUpdate(request, caller);
        expect([flightUpdate?.sequence, replayed]).to.deep.equal([i + 1, true]);
      }
    });

    it('leaves no gap when the connection breaks with a number taken and nothing committed', async () => {
      await publish('BROKEN', 'one');
      const database = await bed.openDatabase(bed.database);
      // Somebody is about to store the same request: the publication takes its number, then waits what comes of that.
      const rival = `insert into flight_update_request values ('user:${userId}', 'broken-2', 'BROKEN', 0, '', now())`;
      const rolledBack = new Error('rolled back');
      const storing = database.transaction(
        async (transaction) => {
          await transaction.query({ name: '', text: rival }, []);
          const refusal = refusalOf(publish('BROKEN', 'two', 'broken-2'));
          await until(async () => (await bed.blockedStatements()) === 1);
          await bed.sql(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`,
          );
          expect(await refusal).to.include({ kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE' });
          throw rolledBack;
        },
        { deadline: Date.now() + 10_000, signal: AbortSignal.timeout(10_000) },
      );
      expect(await storing.catch((error: unknown) => error)).to.equal(rolledBack);
      await database.close();
      const { flightUpdate, replayed } = await publish('BROKEN', 'two', 'broken-2');
      expect([flightUpdate?.sequence, replayed]).to.deep.equal([2, false]);
    });

    it('takes 1000 characters of any script and several lines, and refuses what is no update', async () => {
      for (const text of ['✈', '\u{1F6EB}'.repeat(1000), 'Delayed.\nNew time:\t12:30']) {
        expect((await publish('TEXT1', text)).flightUpdate?.update).to.equal(text);
      }
      for (const [text, message] of [
        ['', 'Flight code or update is missing'],
        ['x'.repeat(1001), 'Update must be at most 1000 characters long'],
        ['\u{1F6EB}'.repeat(1001), 'Update must be at most 1000 characters long'],
        ['a\0b', 'Update must not contain NUL or broken characters'],
      ] as const) {
        const refusal = await refusalOf(publish('TEXT1', text));
        expect(refusal).to.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD', message });
        expect(refusal.facts).to.deep.equal({ field: 'update' });
      }
    });

    it('refuses a code that is missing or malformed as Subscribe does', async () => {
      expect(await refusalOf(publish('', 'x'))).to.include({ message: 'Flight code is missing' });
      const refusal = await refusalOf(publish('FL-01', 'x'));
      expect(refusal).to.include({ reason: 'INVALID_FIELD', message: 'Flight code is invalid' });
      expect(refusal.facts).to.deep.equal({ field: 'flight_code' });
    });
  });

  describe('listing', () => {
    it('goes through the pages by number, from after a number on', async () => {
      for (let i = 1; i <= 6; i += 1) await publish('PAGES', `update ${i}`);
      const pages: number[][] = [];
      let pageToken = '';
      do {
        const page = await list('pages', 1, 2, pageToken);
        expect(page.position).to.deep.equal({ flightCode: 'PAGES', latestSequence: 6, oldestSequence: 1 });
        pages.push(page.flightUpdates.map(({ sequence }) => sequence));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(pages).to.deep.equal([[2, 3], [4, 5], [6]]);
    });

    it('answers nothing after the newest, and for a flight without updates', async () => {
      const empty = { flightUpdates: [], nextPageToken: '' };
      const position = { flightCode: 'PAGES', latestSequence: 6, oldestSequence: 1 };
      expect(await list('PAGES', 6)).to.deep.equal({ ...empty, position });
      expect(await list('PAGES', 2 ** 53 - 1)).to.deep.equal({ ...empty, position });
      const none = { flightCode: 'NONE1', latestSequence: 0, oldestSequence: 0 };
      expect(await list('none1')).to.deep.equal({ ...empty, position: none });
    });

    it('refuses page tokens of other lists, and numbers out of range', async () => {
      const { nextPageToken } = await list('PAGES', 0, 2);
      for (const [code, after, pageToken] of [
        ['PAGES', 1, nextPageToken],
        ['NONE1', 0, nextPageToken],
        ['PAGES', 0, `${nextPageToken}A`],
        ['PAGES', 0, '2'],
      ] as const) {
        const refusal = await refusalOf(list(code, after, 2, pageToken));
        expect(refusal).to.include({ kind: 'invalid_argument', reason: 'INVALID_PAGE_TOKEN' });
      }
      expect((await refusalOf(list('PAGES', -1))).facts).to.deep.equal({ field: 'after_sequence' });
      for (const size of [-1, 1001])
        expect((await refusalOf(list('PAGES', 0, size))).facts).to.deep.equal({ field: 'page_size' });
    });
  });

  describe('positions', () => {
    it('are answered in the order of the codes, repeated ones too, 0 for a flight without updates', async () => {
      for (let i = 1; i <= 3; i += 1) await publish('POS01', `update ${i}`);
      await publish('POS02', 'update');
      const flightCodes = ['pos02', 'NONE1', 'POS01', 'POS02'];
      const { positions } = await updates.batchGetFlightPositions({ flightCodes }, { credential });
      expect(positions).to.deep.equal([
        { flightCode: 'POS02', latestSequence: 1, oldestSequence: 1 },
        { flightCode: 'NONE1', latestSequence: 0, oldestSequence: 0 },
        { flightCode: 'POS01', latestSequence: 3, oldestSequence: 1 },
        { flightCode: 'POS02', latestSequence: 1, oldestSequence: 1 },
      ]);
    });

    it('are asked for 1 to 1000 flights', async () => {
      const ask = (flightCodes: string[]) => updates.batchGetFlightPositions({ flightCodes }, { credential });
      const many = Array.from({ length: 1000 }, (_, i) => `M${i}`);
      // A code has two characters or more; M0 to M9 have.
      expect((await ask(many)).positions.map(({ flightCode }) => flightCode)).to.deep.equal(many);
      for (const codes of [[], [...many, 'FL001'], ['FL001', ''], ['FL001', 'FL-01']]) {
        const refusal = await refusalOf(ask(codes));
        expect(refusal).to.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD' });
        expect(refusal.facts).to.deep.equal({ field: 'flight_codes' });
      }
    });
  });

  describe('access', () => {
    const update = { flightCode: 'ACCESS', update: 'x', requestId: '' };
    const page = { flightCode: 'ACCESS', afterSequence: 0, pageSize: 0, pageToken: '' };
    const codes = { flightCodes: ['ACCESS'] };

    async function firstOf(stream: AsyncIterable<unknown>): Promise<unknown> {
      for await (const message of stream) return message;
      return undefined;
    }

    it('to publishing and listing is for users and services, to the rest for services', async () => {
      for (const caller of [{ token }, { credential }]) {
        expect(await updates.publishFlightUpdate(update, caller)).to.have.property('flightUpdate');
        expect(await updates.listFlightUpdates(page, caller)).to.have.property('position');
      }
      for (const caller of [{}, { token }]) {
        for (const call of [
          updates.batchGetFlightPositions(codes, caller),
          firstOf(updates.watchFlightUpdates({}, caller)),
        ])
          expect(await refusalOf(call)).to.include({ kind: 'unauthenticated', reason: 'TOKEN_MISSING' });
      }
    });

    it('is refused to nobody, to forged tokens, and to one kind shown as the other', async () => {
      for (const [caller, reason] of [
        [{}, 'TOKEN_MISSING'],
        [{ token: 'forged' }, 'TOKEN_INVALID'],
        [{ token: credential }, 'TOKEN_INVALID'],
        [{ credential: 'forged' }, 'TOKEN_INVALID'],
        [{ credential: token }, 'TOKEN_INVALID'],
        [{ token, credential: 'forged' }, 'TOKEN_INVALID'],
      ] as const) {
        for (const call of [
          updates.publishFlightUpdate(update, caller),
          updates.listFlightUpdates(page, caller),
        ])
          expect(await refusalOf(call)).to.include({ kind: 'unauthenticated', reason });
      }
      for (const call of [
        updates.batchGetFlightPositions(codes, { credential: token }),
        firstOf(updates.watchFlightUpdates({}, { credential: token })),
      ])
        expect(await refusalOf(call)).to.include({ kind: 'unauthenticated', reason: 'TOKEN_INVALID' });
    });

    it('to publishing is for staff and services under the strict policy', async () => {
      const strict = await bed.start({ policy: 'strict' });
      const { username } = await signedIn(users);
      expect(await refusalOf(strict.updates.publishFlightUpdate(update, { token }))).to.include({
        kind: 'permission_denied',
        reason: 'STAFF_ONLY',
      });
      await bed.sql(`update user_account set roles = '{staff}' where username = $1`, [username]);
      const staff = await strict.users.login({ username, password: PASSWORD });
      for (const caller of [{ token: staff.accessToken }, { credential }])
        expect(await strict.updates.publishFlightUpdate(update, caller)).to.have.property('flightUpdate');
      expect(await strict.updates.listFlightUpdates(page, { token })).to.have.property('position');
    });
  });
});
