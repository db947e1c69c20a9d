import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { envDurationMs, envList } from '../src/config/env-types.js';
import { databaseEnv, processEnv, redisEnv, toRedisConfig } from '../src/config/process-config.js';
import { ConfigError, readEnv } from '../src/config/read-env.js';

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

describe('the environment', () => {
  it('reports every problem at once, by name', () => {
    const env = { INSTANCE_ID: 'a b', GRPC_PORT: '70000', LOG_LEVEL: 'loud' };
    const problems = problemsOf(() => readEnv(env, { ...processEnv, ...databaseEnv }));
    expect(problems).to.have.length(7);
    expect(problems).to.include('DATABASE_PASSWORD is not set');
    expect(problems.find((problem) => problem.startsWith('GRPC_PORT: '))).to.be.a('string');
  });

  it('never repeats a value, which may be a secret', () => {
    const env = { SECRET: 'hunter2' };
    const problems = problemsOf(() => readEnv(env, { SECRET: z.string().min(32) }));
    expect(problems.join()).not.to.include('hunter2');
  });

  it('takes a variable that is set to nothing as not set', () => {
    expect(readEnv({ HOST: '' }, { HOST: z.string().default('127.0.0.1') }).HOST).to.equal('127.0.0.1');
  });

  it('reads durations as milliseconds', () => {
    for (const [text, ms] of [
      ['250ms', 250],
      ['5s', 5000],
      ['15m', 900_000],
      ['1h', 3_600_000],
      ['30d', 2_592_000_000],
    ])
      expect(envDurationMs.parse(text)).to.equal(ms);
    for (const text of ['', '5', '-5s', '5 s', '1w', '1e3ms'])
      expect(envDurationMs.safeParse(text).success).to.equal(false);
  });

  it('reads lists and Redis nodes', () => {
    expect(envList.parse(' a , b,,c ')).to.deep.equal(['a', 'b', 'c']);
    const redis = toRedisConfig(
      readEnv({ REDIS_NODES: 'one:7000, two:7001', REDIS_MODE: 'cluster' }, redisEnv),
    );
    expect(redis.nodes).to.deep.equal([
      { host: 'one', port: 7000 },
      { host: 'two', port: 7001 },
    ]);
  });

  describe('in files', () => {
    const secret = { SECRET: z.string().min(8) };
    let folder: string;
    let file: string;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'env-'));
      file = join(folder, 'secret');
    });

    after(() => rm(folder, { recursive: true }));

    it('gives a value without the line break that an editor leaves', async () => {
      for (const text of ['long enough', 'long enough\n', 'long enough\r\n']) {
        await writeFile(file, text);
        expect(readEnv({ SECRET_FILE: file }, secret).SECRET).to.equal('long enough');
      }
      await writeFile(file, ' with blanks \n\n');
      expect(readEnv({ SECRET_FILE: file }, secret).SECRET).to.equal(' with blanks \n');
    });

    it('is held against the same rules, and not repeated', async () => {
      await writeFile(file, 'hunter2\n');
      const [problem, ...others] = problemsOf(() => readEnv({ SECRET_FILE: file }, secret));
      expect(problem)
        .to.match(/^SECRET: /)
        .and.not.include('hunter2');
      expect(others).to.deep.equal([]);
    });

    it('may be given once only', async () => {
      await writeFile(file, 'long enough');
      const env = { SECRET: 'also long enough', SECRET_FILE: file };
      expect(problemsOf(() => readEnv(env, secret))).to.deep.equal([
        'SECRET and SECRET_FILE are both set; one of them is enough',
      ]);
      expect(readEnv({ SECRET: '', SECRET_FILE: file }, secret).SECRET).to.equal('long enough');
      expect(readEnv({ SECRET: 'long enough', SECRET_FILE: '' }, secret).SECRET).to.equal('long enough');
    });

    it('names each file that is missing, empty or no file, beside all other problems', async () => {
      await writeFile(file, '\n');
      const missing = join(folder, 'missing');
      const env = { SECRET_FILE: missing, EMPTY_FILE: file, FOLDER_FILE: folder };
      const text = z.string().default('never used in place of a file');
      const shape = { ...secret, EMPTY: text, FOLDER: text, OTHER: z.string() };
      expect(problemsOf(() => readEnv(env, shape))).to.deep.equal([
        `SECRET_FILE: ${missing} can not be read (ENOENT)`,
        `EMPTY_FILE: ${file} is empty`,
        `FOLDER_FILE: ${folder} can not be read (EISDIR)`,
        'OTHER is not set',
      ]);
    });
  });
});
