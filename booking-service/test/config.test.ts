import { ConfigError } from '@flight/mesh';
import { expect } from 'chai';
import { readConfig } from '../src/config.js';

const NEEDED = {
  INSTANCE_ID: 'booking_service_1',
  DATABASE_SERVICE: 'booking-db',
  DATABASE_NAME: 'bookings',
  DATABASE_USER: 'booking_service',
  DATABASE_PASSWORD: 'secret',
  SERVICE_SECRET: 'a secret of more than thirty-two characters',
};

describe('the configuration', () => {
  it('needs the instance’s name and its database, and has defaults for the rest', () => {
    const config = readConfig(NEEDED);
    expect(config).to.deep.include({
      policy: 'documented',
      serviceSecret: NEEDED.SERVICE_SECRET,
      tokens: { issuer: 'flight-booking', audience: 'flight-booking' },
      cache: { freshMs: 30_000, freshEmptyMs: 5000, staleMs: 3_600_000 },
      orders: { width: 2, queue: 10_000 },
    });
    expect(config.process).to.include({ service: 'booking-service', instance: 'booking_service_1' });
  });

  it('tells all that is wrong at once, and no secret', () => {
    const wrong = {
      ...NEEDED,
      INSTANCE_ID: '',
      EDGE_POLICY: 'lax',
      SEARCH_FRESH: 'soon',
      ORDERS_AT_ONCE: '0',
      SERVICE_SECRET: 'a short secret',
    };
    let told: unknown;
    try {
      readConfig(wrong);
    } catch (error) {
      told = error;
    }
    expect(told).to.be.instanceOf(ConfigError);
    const { problems, message } = told as ConfigError;
    expect(problems).to.have.length(5);
    for (const name of ['INSTANCE_ID', 'EDGE_POLICY', 'SEARCH_FRESH', 'ORDERS_AT_ONCE', 'SERVICE_SECRET'])
      expect(message).to.contain(name);
    expect(message).to.not.contain('secret');
  });
});
