import { expect } from 'chai';
import { generateKeyPair, importJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { createKeySeal } from '../src/infra/aes-key-seal.js';
import { createKeysmith } from '../src/infra/jose-keysmith.js';
import { signedIn } from './support/people.js';
import { refusalOf } from './support/refusal.js';
import { openUserBed, SECRET, type UserBed, type UserClient } from './support/user-bed.js';

describe('tokens', function () {
  this.timeout(30_000);
  let bed: UserBed;
  let users: UserClient;
  let userId: number;
  let token: string;

  before(async () => {
    bed = await openUserBed();
    ({ users } = await bed.start());
    ({ userId, token } = await signedIn(users));
  });
  after(() => bed.close());

  const nowS = () => Math.floor(Date.now() / 1000);

  /** A token that the service's own key signed, and that differs from a good one as wished. */
  async function signed(header: Partial<JWTHeaderParameters>, claims: JWTPayload = {}): Promise<string> {
    const [row] = await bed.sql<{ kid: string; sealed_private: Buffer }>(
      'select kid, sealed_private from signing_key',
    );
    if (!row) return expect.fail('there is no signing key');
    const { kid, sealed_private: sealedPrivate } = row;
    const publicJwk = { kty: 'EC', crv: 'P-256', x: '' };
    const key = await createKeysmith(createKeySeal(SECRET)).open({
      ...{ kid, sealedPrivate, publicJwk },
      ...{ algorithm: 'ES256', signsFrom: 0 },
    });
    return sign(key, { alg: 'ES256', kid, ...header }, claims);
  }

  function sign(
    key: Parameters<SignJWT['sign']>[0],
    header: Partial<JWTHeaderParameters> & { alg: string },
    claims: JWTPayload = {},
  ): Promise<string> {
    const good = { iss: 'flight-booking', aud: 'flight-booking', sub: String(userId), roles: [] };
    const times = { iat: nowS(), exp: nowS() + 60 };
    return new SignJWT({ ...good, ...times, ...claims })
      .setProtectedHeader({ typ: 'at+jwt', ...header })
      .sign(key);
  }

  async function reasonFor(wrong: string): Promise<string> {
    const refusal = await refusalOf(users.getUser({ userId }, { token: wrong }));
    expect(refusal.kind).to.equal('unauthenticated');
    return refusal.reason;
  }

  it('are good when the service’s key signed them and nothing is wrong with them', async () => {
    expect(await users.getUser({ userId }, { token: await signed({}) })).to.have.property('user');
  });

  it('are refused without a signature', async () => {
    const [, payload] = token.split('.');
    for (const alg of ['none', 'None', 'ES256']) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt' })).toString('base64url');
      expect(await reasonFor(`${header}.${payload}.`)).to.equal('TOKEN_INVALID');
    }
  });

  it('are refused when the public key was taken for a shared secret', async () => {
    const { keys } = await users.getJsonWebKeySet({});
    const [key] = keys;
    for (const secret of [JSON.stringify(key), key?.x ?? '']) {
      const header = { alg: 'HS256', kid: key?.kid ?? '' };
      expect(await reasonFor(await sign(Buffer.from(secret), header))).to.equal('TOKEN_INVALID');
    }
  });

  it('are refused when another key signed them, under a known or an unknown name', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const { keys } = await users.getJsonWebKeySet({});
    for (const kid of [keys[0]?.kid ?? '', 'unknown']) {
      expect(await reasonFor(await sign(privateKey, { alg: 'ES256', kid }))).to.equal('TOKEN_INVALID');
    }
  });

  it('are refused when they bring their own key', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await crypto.subtle.exportKey('jwk', publicKey);
    const forged = await sign(privateKey, { alg: 'ES256', jwk: jwk as never });
    expect(await reasonFor(forged)).to.equal('TOKEN_INVALID');
  });

  for (const [what, header, claims] of [
    ['another audience', {}, { aud: 'somebody-else' }],
    ['another issuer', {}, { iss: 'somebody-else' }],
    ['no issuer', {}, { iss: undefined }],
    ['another type', { typ: 'JWT' }, {}],
    ['a key that is not known', { kid: 'unknown' }, {}],
    ['no subject', {}, { sub: undefined }],
    ['a subject that is no user id', {}, { sub: 'root' }],
    ['no expiry', {}, { exp: undefined }],
    ['a start in the future', {}, { nbf: 9_999_999_999 }],
  ] as const) {
    it(`are refused with ${what}`, async () => {
      expect(await reasonFor(await signed(header, claims as JWTPayload))).to.equal('TOKEN_INVALID');
    });
  }

  it('are refused once they have expired', async () => {
    expect(await reasonFor(await signed({}, { exp: nowS() - 1 }))).to.equal('TOKEN_EXPIRED');
  });

  it('are refused when any part was changed', async () => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const staff = Buffer.from(payload, 'base64url').toString().replace('"roles":[]', '"roles":["staff"]');
    for (const tampered of [
      [header, Buffer.from(staff).toString('base64url'), signature],
      [header, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
      [header, payload],
      [header, payload, signature, signature],
    ]) {
      expect(await reasonFor(tampered.join('.'))).to.equal('TOKEN_INVALID');
    }
  });

  it('are refused when they are not tokens at all', async () => {
    for (const nonsense of ['x', '...', 'a.b.c', 'x'.repeat(8000), '{}', '%00']) {
      expect(await reasonFor(nonsense)).to.equal('TOKEN_INVALID');
    }
  });

  it('can be verified by anybody with the published keys, which hold nothing private', async () => {
    const { keys } = await users.getJsonWebKeySet({});
    expect(keys).to.have.length(1);
    const [key] = keys;
    expect(key).to.include({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    expect(Object.keys(key ?? {})).to.have.members(['kid', 'kty', 'crv', 'x', 'y', 'alg', 'use']);
    expect(await importJWK({ ...key }, 'ES256')).to.have.property('type', 'public');
  });
});
