import { expect } from 'chai';
import { createPageTokens } from '../src/infra/hmac-page-tokens.js';

const SECRET = 'x'.repeat(32);

describe('page tokens', () => {
  const tokens = createPageTokens(SECRET);
  const sealed = tokens.seal('subscriptions of 1', 'FL001');

  it('open to the place that was sealed, on any instance with the same secret', () => {
    expect(createPageTokens(SECRET).open('subscriptions of 1', sealed)).to.equal('FL001');
  });

  it('go unchanged through a URL', () => {
    expect(encodeURIComponent(sealed)).to.equal(sealed);
  });

  it('open for no other query and under no other secret', () => {
    expect(tokens.open('subscriptions of 11', sealed)).to.equal(undefined);
    expect(createPageTokens('y'.repeat(32)).open('subscriptions of 1', sealed)).to.equal(undefined);
  });

  it('don’t open when any character was changed, added or left out', () => {
    const changes = [...sealed].flatMap((character, at) => [
      sealed.slice(0, at) + (character === 'A' ? 'B' : 'A') + sealed.slice(at + 1),
      sealed.slice(0, at) + sealed.slice(at + 1),
      `${sealed.slice(0, at)}A${sealed.slice(at)}`,
    ]);
    for (const changed of [...changes, `${sealed}=`, `${sealed} `, `${sealed}\n`, '', 'FL001', '💥']) {
      if (changed !== sealed) expect(tokens.open('subscriptions of 1', changed), changed).to.equal(undefined);
    }
  });
});
