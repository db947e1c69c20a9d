import { expect } from 'chai';
import { createRedisCircuit } from '../../src/redis/redis-circuit.js';

describe('the Redis circuit', () => {
  function openCircuit() {
    const clock = { now: 0 };
    return { clock, circuit: createRedisCircuit(500, () => clock.now) };
  }

  it('lets commands go as long as they succeed', () => {
    const { circuit } = openCircuit();
    expect(circuit.admit()).to.equal(true);
    expect(circuit.admit()).to.equal(true);
    circuit.succeeded();
    expect(circuit.admit()).to.equal(true);
  });

  it('leaves Redis alone for a while after a failure', () => {
    const { circuit, clock } = openCircuit();
    circuit.failed();
    clock.now = 499;
    expect(circuit.admit()).to.equal(false);
  });

  it('then lets one command find out, and no other until that is back', () => {
    const { circuit, clock } = openCircuit();
    circuit.failed();
    clock.now = 500;
    expect([circuit.admit(), circuit.admit()]).to.deep.equal([true, false]);
    circuit.succeeded();
    expect(circuit.admit()).to.equal(true);
  });

  it('pauses again when that one fails', () => {
    const { circuit, clock } = openCircuit();
    circuit.failed();
    clock.now = 500;
    circuit.admit();
    circuit.failed();
    clock.now = 999;
    expect(circuit.admit()).to.equal(false);
    clock.now = 1000;
    expect(circuit.admit()).to.equal(true);
  });
});
