import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { PASSWORD, signedIn, somebody } from './support/people.js';
import { refusalOf } from './support/refusal.js';
import { openUserBed, type UserBed, type UserClient } from './support/user-bed.js';

describe('accounts', function () {
  this.timeout(30_000);
  let bed: UserBed;
  let users: UserClient;

  before(async () => {
    bed = await openUserBed();
    ({ users } = await bed.start());
  });
  after(() => bed.close());

  describe('registering', () => {
    it('makes an account and stores an argon2id hash in place of the password', async () => {
      const john = somebody();
      const { userId } = await users.register(john);
      const [row] = await bed.sql<{ username: string; password: string; email: string; roles: string[] }>(
        'select username, password, email, roles from user_account where id = $1',
        [userId],
      );
      expect(row)
        .to.include({ username: john.username, email: john.email })
        .and.have.deep.property('roles', []);
      expect(row?.password).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });

    it('refuses a name or an address that is taken, in any case, without saying which', async () => {
      const john = somebody({ username: 'Émile', email: 'emile@example.com' });
      await users.register(john);
      for (const rival of [
        somebody({ username: john.username }),
        somebody({ username: 'éMILE' }),
        somebody({ username: 'E\u0301mile' }),
        somebody({ email: 'Emile@Example.COM' }),
      ]) {
        const refusal = await refusalOf(users.register(rival));
        expect(refusal).to.include({
          kind: 'already_exists',
          reason: 'ACCOUNT_EXISTS',
          domain: 'user-service',
        });
        expect(refusal.message).to.equal('Username or Email already exists');
      }
    });

    it('lets one of fifty have a name that all want at the same moment', async () => {
      const rivals = Array.from({ length: 50 }, () => somebody({ username: 'everybodys' }));
      const outcomes = await Promise.allSettled(rivals.map((rival) => users.register(rival)));
      const refused = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason.reason] : [],
      );
      expect(refused).to.deep.equal(Array(49).fill('ACCOUNT_EXISTS'));
      const rows = await bed.sql('select id from user_account where username = $1', ['everybodys']);
      expect(rows).to.have.length(1);
    });

    it('answers a repeat of the request with the same account', async () => {
      const john = somebody({ requestId: 'register-once' });
      const first = await users.register(john);
      expect(await users.register(john)).to.deep.equal(first);
    });

    it('answers repeats that come at the same moment with the same account', async () => {
      const john = somebody({ requestId: 'register-at-once' });
      const answers = await Promise.all(Array.from({ length: 8 }, () => users.register(john)));
      expect(new Set(answers.map(({ userId }) => userId))).to.have.property('size', 1);
    });

    it('refuses a request id that comes back with other arguments', async () => {
      const john = somebody({ requestId: 'register-twice' });
      await users.register(john);
      const others = [
        { password: 'another password' },
        { username: 'someone else' },
        { email: 'other@example.com' },
      ];
      for (const other of others) {
        const refusal = await refusalOf(users.register({ ...john, ...other }));
        expect(refusal).to.include({ kind: 'failed_precondition', reason: 'REQUEST_ID_REUSED' });
      }
    });

    it('asks for everything that is missing', async () => {
      for (const field of ['username', 'password', 'email']) {
        const refusal = await refusalOf(users.register({ ...somebody(), [field]: '' }));
        expect(refusal).to.include({ kind: 'invalid_argument', reason: 'INVALID_FIELD' });
        expect(refusal.message).to.equal('Missing username, password, or email');
        expect(refusal.facts).to.deep.equal({ field });
      }
    });

    it('takes a name whose letters grow when they are compared', async () => {
      const { userId } = await users.register(somebody({ username: '\uFDFA'.repeat(80) }));
      expect(userId).to.be.above(0);
    });
  });

  describe('signing in', () => {
    it('gives a token that names the user, in the profile of RFC 9068', async () => {
      const john = somebody({ username: 'JohnDoe' });
      const { userId } = await users.register(john);
      const answer = await users.login({ username: 'johndoe', password: PASSWORD });
      expect(answer.userId).to.equal(userId);

      const { kid, ...header } = decodeProtectedHeader(answer.accessToken);
      expect(header).to.deep.equal({ alg: 'ES256', typ: 'at+jwt' });
      expect(kid).to.be.a('string');
      const { jti, iat = 0, exp = 0, ...claims } = decodeJwt(answer.accessToken);
      expect(claims).to.deep.equal({
        iss: 'flight-booking',
        aud: 'flight-booking',
        sub: String(userId),
        roles: [],
      });
      expect(jti).to.be.a('string');
      expect(exp - iat).to.equal(3600);
      expect(answer.expireTime?.getTime()).to.equal(exp * 1000);
    });

    it('puts the roles into the token', async () => {
      const jane = somebody();
      const { userId } = await users.register(jane);
      await bed.sql(`update user_account set roles = '{staff}' where id = $1`, [userId]);
      const { accessToken } = await users.login(jane);
      expect(decodeJwt(accessToken).roles).to.deep.equal(['staff']);
    });

    it('takes a password that is typed on another keyboard', async () => {
      const john = somebody({ password: 'cr\u00e8me br\u00fbl\u00e9e' });
      const { userId } = await users.register(john);
      const decomposed = { username: john.username, password: john.password.normalize('NFD') };
      expect(await users.login(decomposed)).to.include({ userId });
    });

    it('refuses an unknown name and a wrong password in the same words', async () => {
      const { username } = await signedIn(users);
      for (const credentials of [
        { username, password: 'wrong' },
        { username, password: PASSWORD.toUpperCase() },
        { username: 'nobody at all', password: PASSWORD },
      ]) {
        const refusal = await refusalOf(users.login(credentials));
        expect(refusal).to.include({ kind: 'unauthenticated', reason: 'CREDENTIALS_INVALID' });
        expect(refusal.message).to.equal('Invalid username or password');
      }
    });

    it('asks for everything that is missing', async () => {
      for (const field of ['username', 'password']) {
        const refusal = await refusalOf(users.login({ username: 'john', password: PASSWORD, [field]: '' }));
        expect(refusal).to.include({ reason: 'INVALID_FIELD', message: 'Missing username or password' });
        expect(refusal.facts).to.deep.equal({ field });
      }
    });
  });

  describe('reading an account', () => {
    it('shows it to its owner', async () => {
      const { username, userId, token } = await signedIn(users);
      const { user } = await users.getUser({ userId }, { token });
      expect(user).to.deep.include({ id: userId, username, email: `${username}@example.com`, roles: [] });
      expect(Date.now() - Number(user?.createTime)).to.be.within(0, 60_000);
    });

    it('shows it to staff, and to nobody else', async () => {
      const owner = await signedIn(users);
      const other = await signedIn(users);
      const refusal = await refusalOf(users.getUser({ userId: owner.userId }, { token: other.token }));
      expect(refusal).to.include({ kind: 'permission_denied', reason: 'NOT_OWNER' });

      await bed.sql(`update user_account set roles = '{staff}' where id = $1`, [other.userId]);
      const staff = await users.login({ username: other.username, password: PASSWORD });
      const { user } = await users.getUser({ userId: owner.userId }, { token: staff.accessToken });
      expect(user?.id).to.equal(owner.userId);
    });

    it('says that an account is not there', async () => {
      const { userId, token } = await signedIn(users);
      await bed.sql('delete from user_account where id = $1', [userId]);
      const refusal = await refusalOf(users.getUser({ userId }, { token }));
      expect(refusal).to.include({ kind: 'not_found', reason: 'USER_NOT_FOUND', message: 'User not found' });
      expect(refusal.facts).to.deep.equal({ user_id: String(userId) });
    });

    it('asks for a token and an id', async () => {
      const { token } = await signedIn(users);
      expect(await refusalOf(users.getUser({ userId: 1 }))).to.include({ reason: 'TOKEN_MISSING' });
      for (const userId of [0, -1]) {
        expect(await refusalOf(users.getUser({ userId }, { token }))).to.include({ reason: 'INVALID_FIELD' });
      }
    });
  });

  it('fails on request', async () => {
    const refusal = await refusalOf(users.simulateFailure({}));
    expect(refusal).to.include({ kind: 'internal', reason: 'SIMULATED_FAILURE' });
    expect(refusal.message).to.equal('An error occurred. Please try again later.');
  });
});
