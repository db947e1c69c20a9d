import { expect } from 'chai';
import { toClientNetwork } from '../../src/domain/client-network.js';

describe('whom an address is counted as', () => {
  it('is the address itself for IPv4, however it is written', () => {
    expect(toClientNetwork('203.0.113.7')).to.equal('203.0.113.7');
    expect(toClientNetwork('::ffff:203.0.113.7')).to.equal('203.0.113.7');
  });

  it('is the /64 network for IPv6', () => {
    expect(toClientNetwork('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2::/64');
    expect(toClientNetwork('2001:db8:1:2::9')).to.equal('2001:db8:1:2::/64');
    expect(toClientNetwork('2001:db8::9')).to.equal('2001:db8:0:0::/64');
    expect(toClientNetwork('::1')).to.equal('0:0:0:0::/64');
    expect(toClientNetwork('fe80::1%eth0')).to.equal('fe80:0:0:0::/64');
    expect(toClientNetwork('::')).to.equal('0:0:0:0::/64');
  });
});
