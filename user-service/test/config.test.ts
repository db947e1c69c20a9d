import { ConfigError } from '@flight/mesh';
import { expect } from 'chai';
import { readConfig } from '../src/config.js';

const MINIMAL = {
  INSTANCE_ID: 'user_service_1',
  DATABASE_SERVICE: 'user-db',
  DATABASE_NAME: 'users',
  DATABASE_USER: 'user_service',
  DATABASE_PASSWORD: 'database-password',
  SIGNING_KEY_SECRET: 'x'.repeat(32),
  SERVICE_SECRET: 'y'.repeat(32),
};

describe('the configuration', () => {
  function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
    try {
      readConfig(env);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return expect.fail('was not refused');
  }

  it('has a default for everything but names and secrets', () => {
    const config = readConfig(MINIMAL);
    expect(config.process).to.include({ service: 'user-service', instance: 'user_service_1' });
    expect(config.policy).to.equal('documented');
    expect(config.token).to.deep.equal({
      issuer: 'flight-booking',
      audience: 'flight-booking',
      ttlMs: 3_600_000,
    });
    expect(config.signingKeys).to.include({ rotationMs: 30 * 86_400_000, pollMs: 30_000 });
    expect(config.signIn.maxWaitMs).to.equal(1000);
    expect(config.redis).to.deep.equal({
      nodes: [{ host: '127.0.0.1', port: 6379 }],
      mode: 'single',
      password: undefined,
    });
    expect(config.flightUpdates).to.deep.equal({
      kept: { ageMs: 7 * 86_400_000, count: 1000 },
      trimEveryMs: 60_000,
      keepAliveMs: 10_000,
    });
  });

  it('says everything that is missing at once', () => {
    const problems = problemsOf({}).join('\n');
    for (const name of Object.keys(MINIMAL)) expect(problems).to.include(`${name} is not set`);
  });

  it('refuses what can’t be meant, without repeating secrets', () => {
    const wrong = {
      EDGE_POLICY: 'lenient',
      SIGNING_KEY_SECRET: 'too short',
      SIGNING_KEY_ROTATION: '5m',
      SIGNING_KEY_POLL: '1h',
      TOKEN_TTL: '10',
      SIGN_IN_PARALLEL: '0',
      SERVICE_SECRET: 'too short',
      REDIS_NODES: 'redis',
      UPDATE_HISTORY_AGE: '1m',
      UPDATE_HISTORY_COUNT: '0',
      UPDATE_TRIM_EVERY: '0s',
      UPDATE_KEEP_ALIVE: '1h',
    };
    const problems = problemsOf({ ...MINIMAL, ...wrong });
    expect(problems).to.have.length(Object.keys(wrong).length);
    for (const name of Object.keys(wrong)) expect(problems.join('\n')).to.include(name);
    expect(problems.join('\n')).to.not.include('too short');
  });

  it('hashes on all cores but one thread of Node’s pool, which stays free for tokens', () => {
    const atOnce = (threads: string) =>
      readConfig({ ...MINIMAL, UV_THREADPOOL_SIZE: threads }).signIn.parallel;
    expect(atOnce('1')).to.equal(1);
    expect(atOnce('2')).to.equal(1);
    expect(atOnce('1024')).to.be.at.least(atOnce('4'));
    expect(readConfig({ ...MINIMAL, SIGN_IN_PARALLEL: '3' }).signIn.parallel).to.equal(3);
  });
});
