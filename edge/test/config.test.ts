import { ConfigError } from '@flight/mesh';
import { expect } from 'chai';
import { readConfig } from '../src/config.js';

const MINIMUM = { INSTANCE_ID: 'edge_1', SERVICE_SECRET: 'a secret of at least 32 characters' };

function problemsOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n');
    throw error;
  }
  return expect.fail('was taken');
}

describe("the edge's configuration", () => {
  it('needs nothing but a name and a secret', () => {
    const config = readConfig(MINIMUM);
    expect(config).to.deep.include({ httpPort: 4000, policy: 'documented', trustProxy: false });
    expect(config.timeLimits).to.deep.equal({ read: 1000, write: 2000, 'sign-in': 3000 });
    expect(config.process.adminPort).to.equal(undefined);
    expect(config.allowedOrigins).to.deep.equal(['localhost']);
    expect(config.socketLimits).to.deep.include({
      roomsPerSocket: 50,
      eventsPerSecond: 20,
      frameBytes: 16_384,
      unsentBytes: 1_048_576,
      pingEveryMs: 25_000,
    });
  });

  it('reads whom to trust as a proxy', () => {
    const read = (TRUST_PROXY: string) => readConfig({ ...MINIMUM, TRUST_PROXY }).trustProxy;
    expect(read('off')).to.equal(false);
    expect(read('2')).to.equal(2);
    expect(read('loopback, 10.0.0.0/8')).to.deep.equal(['loopback', '10.0.0.0/8']);
  });

  it('reports all problems together', () => {
    const problems = problemsOf({
      EDGE_POLICY: 'lax',
      TRUST_PROXY: 'everybody',
      DEADLINE_READ: '1',
      SIGN_IN_FAMILIAR: '30d',
      SERVICE_SECRET: 'short',
      ALLOWED_ORIGINS: 'https://app.example.com/path',
    });
    for (const name of [
      'INSTANCE_ID',
      'EDGE_POLICY',
      'TRUST_PROXY',
      'DEADLINE_READ',
      'SIGN_IN_FAMILIAR',
      'SERVICE_SECRET',
      'ALLOWED_ORIGINS',
    ])
      expect(problems).to.include(name);
  });
});
