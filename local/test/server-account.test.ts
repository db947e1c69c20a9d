import { expect } from 'chai';
import { parseAccount, parsePassage } from '../src/processes/server-account.js';

describe("the account of root's PostgreSQL", () => {
  const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
  const postgres = 'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash';

  it('is postgres where there is one, else nobody', () => {
    const root = 'root:x:0:0:root:/root:/bin/bash';
    expect(parseAccount([root, nobody, postgres].join('\n'))).to.deep.equal({
      name: 'postgres',
      uid: 101,
      gid: 104,
    });
    expect(parseAccount([root, nobody].join('\n'))).to.deep.equal({ name: 'nobody', uid: 65534, gid: 65533 });
    expect(parseAccount(root)).to.equal(undefined);
  });

  it('is given the weakest power that lets it through closed folders', () => {
    expect(parsePassage('CapEff:\t000001fffeffffff\n')).to.equal('dac_read_search');
    // What a container gives root by default.
    expect(parsePassage('CapEff:\t00000000a80425fb\n')).to.equal('dac_override');
    expect(parsePassage('CapEff:\t0000000000000000\n')).to.equal(undefined);
  });
});
