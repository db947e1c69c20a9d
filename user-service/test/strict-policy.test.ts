import { expect } from 'chai';
import { PASSWORD, signedIn, somebody } from './support/people.js';
import { refusalOf } from './support/refusal.js';
import { openUserBed, type UserBed, type UserClient } from './support/user-bed.js';

describe('the strict policy', function () {
  this.timeout(30_000);
  let bed: UserBed;
  let users: UserClient;

  before(async () => {
    bed = await openUserBed();
    ({ users } = await bed.start({ policy: 'strict' }));
  });
  after(() => bed.close());

  it('refuses a new password that is short or common', async () => {
    for (const [password, message] of [
      ['1234567', 'Password must be at least 8 characters long'],
      ['\u{1F6EB}'.repeat(7), 'Password must be at least 8 characters long'],
      ['password123', 'Password is too common: choose one that is harder to guess'],
      ['PassWord123', 'Password is too common: choose one that is harder to guess'],
    ] as const) {
      const refusal = await refusalOf(users.register(somebody({ password })));
      expect(refusal).to.include({ reason: 'INVALID_FIELD', message });
      expect(refusal.facts).to.deep.equal({ field: 'password' });
    }
    expect(await users.register(somebody({ password: PASSWORD }))).to.have.property('userId');
  });

  it('still signs in whoever has a short password from before', async () => {
    const { users: lenient } = await bed.start({ policy: 'documented' });
    const john = somebody({ password: 'x' });
    const { userId } = await lenient.register(john);
    expect(await users.login(john)).to.include({ userId });
  });

  it('shows subscriptions to their owner and to staff only', async () => {
    const owner = await signedIn(users);
    const other = await signedIn(users);
    const request = { userId: owner.userId, pageSize: 0, pageToken: '' };
    expect(await refusalOf(users.listSubscriptions(request))).to.include({ reason: 'TOKEN_MISSING' });
    const { token } = other;
    expect(await refusalOf(users.listSubscriptions(request, { token }))).to.include({ reason: 'NOT_OWNER' });
    expect(await users.listSubscriptions(request, { token: owner.token })).to.have.property('subscriptions');

    await bed.sql(`update user_account set roles = '{staff}' where id = $1`, [other.userId]);
    const staff = await users.login({ username: other.username, password: PASSWORD });
    const shown = await users.listSubscriptions(request, { token: staff.accessToken });
    expect(shown).to.have.property('subscriptions');
  });
});
