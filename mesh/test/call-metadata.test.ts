import { Metadata } from '@grpc/grpc-js';
import { expect } from 'chai';
import { bearerToken, fromMetadata, toMetadata } from '../src/call-metadata.js';

const made = () => 'made';

describe("a call's metadata", () => {
  it('carries identity from caller to callee', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const identity = {
      requestId: 'r-1',
      token: 'abc.def',
      credential: 'ghi.jkl',
      traceparent,
      instance: 'user_service_2',
      attempt: 2,
    };
    expect(fromMetadata(toMetadata(identity), made)).to.deep.equal(identity);
  });

  it('replaces what is malformed instead of passing it on', () => {
    const metadata = new Metadata();
    metadata.set('x-request-id', 'with blank');
    metadata.set('traceparent', 'nonsense');
    metadata.set('x-instance', 'no instance');
    metadata.set('grpc-previous-rpc-attempts', '-3');
    expect(fromMetadata(metadata, made)).to.deep.equal({
      requestId: 'made',
      token: undefined,
      credential: undefined,
      traceparent: undefined,
      instance: undefined,
      attempt: 0,
    });
  });

  it('reads the bearer scheme in any case and no other', () => {
    expect(bearerToken('Bearer abc')).to.equal('abc');
    expect(bearerToken('bearer  abc')).to.equal('abc');
    expect(bearerToken('Basic abc')).to.equal('');
    expect(bearerToken('Bearer')).to.equal('');
    expect(bearerToken(undefined)).to.equal(undefined);
  });
});
