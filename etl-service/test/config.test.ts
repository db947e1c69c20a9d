import { ConfigError } from '@flight/mesh';
import { expect } from 'chai';
import { readConfig } from '../src/config.js';

const NEEDED = {
  INSTANCE_ID: 'etl_service_1',
  DATABASE_SERVICE: 'warehouse',
  DATABASE_NAME: 'warehouse',
  DATABASE_USER: 'etl_service',
  DATABASE_PASSWORD: 'secret',
  SERVICE_SECRET: 'a secret that all services share',
};

describe('the configuration', () => {
  it('has a default for what need not be said', () => {
    const { process, scheduleMs, batchRows, chunkRows, analystRole } = readConfig(NEEDED);
    expect(process.service).to.equal('etl-service');
    expect({ scheduleMs, batchRows, chunkRows, analystRole }).to.deep.equal({
      scheduleMs: 10_000,
      batchRows: 5000,
      chunkRows: 20_000,
      analystRole: 'analyst',
    });
  });

  it('can do without a schedule', () => {
    expect(readConfig({ ...NEEDED, ETL_SCHEDULE: 'off' }).scheduleMs).to.equal(undefined);
    expect(readConfig({ ...NEEDED, ETL_SCHEDULE: '1s' }).scheduleMs).to.equal(1000);
  });

  it('names every variable that is missing or wrong, and no value', () => {
    const wrong = {
      ETL_SCHEDULE: '5ms',
      ETL_BATCH: '10001',
      ETL_CHUNK: '0',
      ANALYST_ROLE: 'nobody; drop',
      SERVICE_SECRET: 'too short',
    };
    const read = () => readConfig(wrong);
    expect(read).to.throw(ConfigError);
    try {
      read();
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems.join('\n') : '';
      for (const name of [...Object.keys(wrong), 'INSTANCE_ID', 'DATABASE_PASSWORD'])
        expect(problems).to.include(name);
      for (const value of ['nobody; drop', 'too short']) expect(problems).not.to.include(value);
    }
  });
});
