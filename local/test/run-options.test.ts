import { expect } from 'chai';
import { InvalidOptions, parseRunOptions } from '../src/commands/run-options.js';

describe('the options of run', () => {
  it('takes numbers of instances from the environment', () => {
    const { counts } = parseRunOptions({ USER_SERVICES: '5', BOOKING_SERVICES: '2' }, 0);
    expect(counts).to.deep.equal({ 'user-service': 5, 'booking-service': 2 });
  });

  it('leaves out what is absent or empty', () => {
    expect(parseRunOptions({ USER_SERVICES: '' }, 0).counts).to.deep.equal({});
  });

  it('starts the small stack unless told to start the full one', () => {
    expect(parseRunOptions({}, 0)).to.include({ size: 'small' });
    expect(parseRunOptions({ STACK: 'full' }, 0)).to.deep.include({ size: 'full', singleDatabases: [] });
  });

  it('puts the bookings on a single server when asked to', () => {
    const { singleDatabases } = parseRunOptions({ STACK: 'full', BOOKING_DB: 'single' }, 0);
    expect(singleDatabases).to.deep.equal(['booking-db']);
  });

  it('says what can be chosen when something else is', () => {
    expect(() => parseRunOptions({ STACK: 'huge', BOOKING_DB: 'mysql' }, 0)).to.throw(
      InvalidOptions,
      /STACK must be small or full, not "huge"\nBOOKING_DB must be patroni or single, not "mysql"/,
    );
  });

  it('names every wrong number at once', () => {
    const parse = () => parseRunOptions({ USER_SERVICES: 'many', BOOKING_SERVICES: '0', EDGES: '2.5' }, 0);
    expect(parse).to.throw(InvalidOptions, /USER_SERVICES.*"many"\nBOOKING_SERVICES.*"0"\nEDGES.*"2\.5"/);
  });

  it('counts time from when the command was typed, or from now when that is not known', () => {
    expect(parseRunOptions({ STARTED_AT_MS: '900' }, 1_000).startedAtMs).to.equal(900);
    for (const unusable of [undefined, '', '17000003N', '2000'])
      expect(parseRunOptions({ STARTED_AT_MS: unusable }, 1_000).startedAtMs).to.equal(1_000);
  });
});
