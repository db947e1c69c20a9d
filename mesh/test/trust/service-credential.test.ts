import { createSecretKey } from 'node:crypto';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { createServiceCredential } from '../../src/trust/service-credential.js';
import { faultOf } from '../support/fault-of.js';

const SECRET = 'a secret of more than thirty-two characters';

describe("a service's credential", () => {
  it('tells who calls', async () => {
    const edge = createServiceCredential({ service: 'edge', secret: SECRET });
    const users = createServiceCredential({ service: 'user-service', secret: SECRET });
    expect(await users.verify(await edge.issue())).to.equal('edge');
  });

  it('is issued once and renewed before it runs out', async () => {
    let now = Date.now();
    const edge = createServiceCredential({ service: 'edge', secret: SECRET, now: () => now });
    const first = await edge.issue();
    now += 200_000;
    expect(await edge.issue()).to.equal(first);
    now += 60_000;
    const second = await edge.issue();
    expect(second).not.to.equal(first);
    now += 60_000;
    expect((await faultOf(edge.verify(first))).reason).to.equal('TOKEN_EXPIRED');
    expect(await edge.verify(second)).to.equal('edge');
  });

  it('is refused when it is missing, forged, or of another type', async () => {
    const users = createServiceCredential({ service: 'user-service', secret: SECRET });
    const other = createServiceCredential({
      service: 'edge',
      secret: 'another secret of enough characters!',
    });
    const userToken = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setIssuer('edge')
      .setAudience('mesh')
      .setExpirationTime('1h')
      .sign(createSecretKey(Buffer.from(SECRET)));
    expect((await faultOf(users.verify(undefined))).reason).to.equal('TOKEN_MISSING');
    for (const credential of ['', 'noise', await other.issue(), userToken]) {
      expect((await faultOf(users.verify(credential))).reason).to.equal('TOKEN_INVALID');
    }
  });
});
