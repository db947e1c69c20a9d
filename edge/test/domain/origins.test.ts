import { expect } from 'chai';
import { isAllowedOrigin } from '../../src/domain/origins.js';

describe('whose pages may connect', () => {
  const allow = (origin: string | undefined, host = 'api.example.com', allowed = ['localhost']) =>
    isAllowedOrigin(origin, host, allowed);

  it('are those of the same host', () => {
    expect(allow('https://api.example.com')).to.equal(true);
    expect(allow('https://API.example.com')).to.equal(true);
    expect(allow('https://api.example.com', 'api.example.com:443')).to.equal(true);
    expect(allow('https://api.example.com:8443')).to.equal(false);
    expect(allow('https://example.com')).to.equal(false);
    expect(allow('https://api.example.com.evil.test')).to.equal(false);
  });

  it('are those of this machine, unless the list leaves it out', () => {
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:8080']) {
      expect(allow(origin), origin).to.equal(true);
      expect(allow(origin, 'api.example.com', []), origin).to.equal(false);
    }
    expect(allow('http://localhost.evil.test')).to.equal(false);
  });

  it('are those of the list', () => {
    const list = ['https://app.example.com'];
    expect(allow('https://app.example.com', 'api.example.com', list)).to.equal(true);
    expect(allow('http://app.example.com', 'api.example.com', list)).to.equal(false);
  });

  it('are not those that hide where they are from', () => {
    for (const origin of ['null', '', 'file://', 'nonsense', 'chrome-extension://abc'])
      expect(allow(origin), origin).to.equal(false);
  });

  it('does not concern what is not a browser', () => {
    expect(allow(undefined)).to.equal(true);
  });
});
