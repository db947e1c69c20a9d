import { expect } from 'chai';
import { findFlightStatus } from '../../src/domain/flights.js';

describe("a flight's status", () => {
  it('is meant whatever the case and outer blanks', () => {
    expect(findFlightStatus('on time')).to.equal('On Time');
    expect(findFlightStatus(' GATE CLOSED ')).to.equal('Gate Closed');
  });

  it('is not guessed', () => {
    for (const text of ['', 'ontime', 'FLIGHT_STATUS_ON_TIME', 'Canceled', 'toString'])
      expect(findFlightStatus(text)).to.equal(undefined);
  });
});
