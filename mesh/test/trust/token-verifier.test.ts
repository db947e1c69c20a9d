import { createSecretKey, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { Fault } from '../../src/fault.js';
import { createTokenVerifier } from '../../src/trust/token-verifier.js';

const AUDIENCE = 'test-audience';
const ISSUER = 'test-issuer';

interface Signer {
  readonly kid: string;
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

async function makeSigner(kid: string, alg: 'EdDSA' | 'ES256' = 'EdDSA'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

interface TokenParts {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Record<string, unknown>;
  readonly key?: CryptoKey | KeyObject;
}

function sign(signer: Signer, { header, claims, key }: TokenParts = {}): Promise<string> {
  const nowSeconds = Math.trunc(Date.now() / 1000);
  const payload = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: '7',
    roles: ['staff'],
    iat: nowSeconds,
    exp: nowSeconds + 60,
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: signer.jwk.alg ?? 'EdDSA', kid: signer.kid, typ: 'at+jwt', ...header })
    .sign(key ?? signer.privateKey);
}

async function refusal(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('the token verifier', () => {
  let signer: Signer;

  before(async () => {
    signer = await makeSigner('one');
  });

  function verifierOf(keys: () => Promise<readonly JWK[]> = async () => [signer.jwk], now?: () => number) {
    return createTokenVerifier({ keys, issuer: ISSUER, audience: AUDIENCE, ...(now && { now }) });
  }

  it('tells who a good token stands for', async () => {
    const identity = await verifierOf().verify(await sign(signer));
    expect(identity).to.deep.include({ userId: 7, roles: ['staff'] });
  });

  it('accepts ES256 as well as EdDSA', async () => {
    const es256 = await makeSigner('two', 'ES256');
    const identity = await verifierOf(async () => [es256.jwk]).verify(await sign(es256));
    expect(identity.userId).to.equal(7);
  });

  it('refuses a missing token with a reason of its own', async () => {
    expect(await refusal(verifierOf().verify(undefined))).to.deep.include({
      reason: 'TOKEN_MISSING',
      kind: 'unauthenticated',
    });
  });

  it('refuses an expired token, also one that it has seen while it was good', async () => {
    let now = Date.now();
    const verifier = verifierOf(undefined, () => now);
    const token = await sign(signer);
    await verifier.verify(token);
    now += 61_000;
    expect((await refusal(verifier.verify(token))).reason).to.equal('TOKEN_EXPIRED');
  });

  const forgeries: Record<string, () => Promise<string>> = {
    'a foreign issuer': () => sign(signer, { claims: { iss: 'other' } }),
    'a foreign audience': () => sign(signer, { claims: { aud: 'other' } }),
    'another type of token': () => sign(signer, { header: { typ: 'JWT' } }),
    'no type at all': () => sign(signer, { header: { typ: undefined } as unknown as JWTHeaderParameters }),
    'an unknown key id': () => sign(signer, { header: { kid: 'other' } }),
    'no subject': () => sign(signer, { claims: { sub: undefined } }),
    'a subject that is no user id': () => sign(signer, { claims: { sub: '7; drop table' } }),
    'no expiry': () => sign(signer, { claims: { exp: undefined } }),
    'another key under the same id': async () =>
      sign({ ...signer, privateKey: (await makeSigner('one')).privateKey }),
    'HS256 with the public key as the secret': async () => {
      const secret = createSecretKey(Buffer.from(await exportSPKI(signer.publicKey)));
      return sign(signer, { header: { alg: 'HS256' }, key: secret });
    },
    'alg none': async () => {
      const [, payload] = (await sign(signer)).split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'one', typ: 'at+jwt' })).toString(
        'base64url',
      );
      return `${header}.${payload}.`;
    },
    'a tampered payload': async () => {
      const [header, , signature] = (await sign(signer)).split('.');
      const payload = Buffer.from(
        JSON.stringify({ iss: ISSUER, aud: AUDIENCE, sub: '1', exp: 9e9 }),
      ).toString('base64url');
      return `${header}.${payload}.${signature}`;
    },
    'no token at all but noise': async () => 'Zm9v',
    'an empty token': async () => '',
    'a huge token': async () => 'a'.repeat(100_000),
  };

  for (const [name, forge] of Object.entries(forgeries)) {
    it(`refuses ${name}`, async () => {
      expect(await refusal(verifierOf().verify(await forge()))).to.deep.include({
        reason: 'TOKEN_INVALID',
        kind: 'unauthenticated',
      });
    });
  }

  it('fetches the keys once for many tokens, and again for a key that it does not know', async () => {
    const next = await makeSigner('next');
    const published: JWK[] = [signer.jwk];
    let fetches = 0;
    let now = Date.now();
    const verifier = verifierOf(
      async () => {
        fetches++;
        return [...published];
      },
      () => now,
    );
    await Promise.all([
      verifier.verify(await sign(signer)),
      verifier.verify(await sign(signer, { claims: { jti: '2' } })),
    ]);
    expect(fetches).to.equal(1);
    published.push(next.jwk);
    now += 3000;
    expect((await verifier.verify(await sign(next))).userId).to.equal(7);
    expect(fetches).to.equal(2);
  });

  it('is not made to hammer the key server by forged key ids', async () => {
    let fetches = 0;
    const verifier = verifierOf(async () => {
      fetches++;
      return [signer.jwk];
    });
    for (let n = 0; n < 20; n++)
      await refusal(verifier.verify(await sign(signer, { header: { kid: `forged-${n}` } })));
    expect(fetches).to.equal(1);
  });

  it('goes on with the last known keys when they can not be fetched any more', async () => {
    let away = false;
    let now = Date.now();
    const verifier = verifierOf(
      async () => {
        if (away) throw new Fault('unavailable', 'UNREACHABLE', 'away');
        return [signer.jwk];
      },
      () => now,
    );
    await verifier.verify(await sign(signer));
    away = true;
    now += 400_000;
    const later = Math.trunc(now / 1000);
    const token = await sign(signer, { claims: { iat: later, exp: later + 60 } });
    expect((await verifier.verify(token)).userId).to.equal(7);
  });

  it('forgets what it verified by a key that was taken back', async () => {
    const other = await makeSigner('other');
    let published: JWK[] = [signer.jwk];
    let now = Date.now();
    const verifier = verifierOf(
      async () => published,
      () => now,
    );
    const token = await sign(signer);
    await verifier.verify(token);
    published = [other.jwk];
    now += 3000;
    await verifier.verify(await sign(other));
    expect((await refusal(verifier.verify(token))).reason).to.equal('TOKEN_INVALID');
  });
});
