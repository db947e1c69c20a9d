import { settleInTurns } from '@flight/local';
import { Fault } from '@flight/mesh';
import { expect } from 'chai';
import { PASSWORD, signedIn, somebody } from './support/people.js';
import { openUserBed, type UpdateClient, type UserBed, type UserClient } from './support/user-bed.js';

const GARBAGE = [
  '\0',
  'a\0b',
  '\u{FFFE}',
  '\ud800',
  'a\udfffb',
  '\u2028',
  '\u202e',
  '\x7f',
  '   ',
  '\t',
  "'; drop table user_account; --",
  '%00',
  '{"$ne":null}',
  '\u{1F6EB}'.repeat(40),
  'e\u0301'.repeat(80),
  '\uFDFA'.repeat(80),
  'x'.repeat(257),
  'x'.repeat(100_000),
  `${'a'.repeat(60)}@${'a-'.repeat(20)}`,
  `a@${'a.'.repeat(50)}`,
];
const NUMBERS = [-1, 2 ** 53 - 1, -(2 ** 53) + 1];

/** So many calls no instance refuses for being too many, however busy the machine is and however long it hashes. */
const AT_ONCE = 16;

/** What a stranger may be told. Anything else would be a defect of ours. */
const POLITE = ['invalid_argument', 'unauthenticated', 'not_found', 'already_exists', 'permission_denied'];

describe('garbage', function () {
  this.timeout(60_000);
  let bed: UserBed;
  let users: UserClient;
  let updates: UpdateClient;
  let token: string;

  before(async () => {
    bed = await openUserBed();
    ({ users, updates } = await bed.start());
    ({ token } = await signedIn(users));
  });
  after(() => bed.close());

  /** Calls with garbage and answers the refusals; an answer counts as none. */
  async function refusals(calls: readonly (() => Promise<unknown>)[]): Promise<readonly Fault[]> {
    const outcomes = await settleInTurns(calls, AT_ONCE);
    return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Fault] : []));
  }

  function expectPolite(faults: readonly Fault[]): void {
    for (const fault of faults) {
      expect(fault).to.be.instanceOf(Fault);
      expect(fault.kind, fault.message).to.be.oneOf(POLITE);
      expect(fault.message).to.not.match(/syntax|column|relation|byte sequence|at \S+:\d+/i);
    }
  }

  it('in the fields of a registration or a sign-in is refused politely or is a name like another', async () => {
    const calls = GARBAGE.flatMap((garbage) => [
      () => users.register(somebody({ username: garbage })),
      () => users.register(somebody({ email: garbage })),
      () => users.register(somebody({ requestId: garbage })),
      () => users.login({ username: garbage, password: PASSWORD }),
      () => users.login({ username: 'nobody', password: garbage }),
    ]);
    expectPolite(await refusals(calls));
  });

  it('in a password is refused politely, or is a password that signs in', async () => {
    for (const garbage of GARBAGE) {
      const somebodyOdd = somebody({ password: garbage });
      const faults = await refusals([() => users.register(somebodyOdd)]);
      expectPolite(faults);
      if (faults.length === 0) expect(await users.login(somebodyOdd)).to.have.property('accessToken');
    }
  });

  it('never gets a control character or a broken one into the database', async () => {
    const [found] = await bed.sql<{ odd: number }>(
      `select count(*) as odd from user_account where username ~ '[[:cntrl:]]' or email ~ '[^ -~]'`,
    );
    expect(found).to.deep.equal({ odd: 0 });
  });

  it('in the fields of the other calls is refused politely', async () => {
    const texts = GARBAGE.flatMap((garbage) => [
      () => users.subscribe({ flightCode: garbage, requestId: '' }, { token }),
      () => users.unsubscribe({ flightCode: garbage, requestId: garbage }, { token }),
      () => users.listSubscriptions({ userId: 1, pageSize: 0, pageToken: garbage }),
    ]);
    const numbers = NUMBERS.flatMap((userId) => [
      () => users.getUser({ userId }, { token }),
      () => users.listSubscriptions({ userId, pageSize: 0, pageToken: '' }),
    ]);
    const faults = await refusals([...texts, ...numbers]);
    expect(faults).to.have.length(texts.length + numbers.length);
    // Visible ASCII is a request id like another, so some of these are answered.
    const named = GARBAGE.map(
      (requestId) => () => users.subscribe({ flightCode: 'FL001', requestId }, { token }),
    );
    expectPolite([...faults, ...(await refusals(named))]);
  });

  it('in the fields of flight updates is refused politely or is news like any other', async () => {
    const credential = await bed.credential();
    const good = { flightCode: 'FL001', update: 'x', requestId: '' };
    const list = { flightCode: 'FL001', afterSequence: 0, pageSize: 0, pageToken: '' };
    const refused = GARBAGE.flatMap((garbage) => [
      () => updates.publishFlightUpdate({ ...good, flightCode: garbage }, { token }),
      () => updates.listFlightUpdates({ ...list, flightCode: garbage }, { token }),
      () => updates.listFlightUpdates({ ...list, pageToken: garbage }, { token }),
      () => updates.batchGetFlightPositions({ flightCodes: [garbage] }, { credential }),
      () => users.getSubscription({ flightCode: garbage }, { token }),
    ]);
    const faults = await refusals(refused);
    expect(faults).to.have.length(refused.length);
    const odd = GARBAGE.flatMap((garbage) => [
      () => updates.publishFlightUpdate({ ...good, update: garbage }, { token }),
      () => updates.publishFlightUpdate({ ...good, requestId: garbage }, { token }),
    ]);
    const numbers = NUMBERS.flatMap((number) => [
      () => updates.listFlightUpdates({ ...list, afterSequence: number }, { token }),
      () => updates.listFlightUpdates({ ...list, pageSize: number % 2 ** 31 }, { token }),
    ]);
    expectPolite([...faults, ...(await refusals([...odd, ...numbers]))]);
  });
});
