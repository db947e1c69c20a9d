import { expect } from 'chai';
import { createRedisCircuit } from '../src/infra/redis-circuit.js';

describe('the Redis circuit', () => {
  function openCircuit() {
    const clock = { now: 0 };
    const failures: unknown[] = [];
    const onFailure = (error: unknown) => failures.push(error);
    return {
      clock,
      failures,
      circuit: createRedisCircuit({ pauseMs: 1000, now: () => clock.now, onFailure }),
    };
  }

  const fails = () => Promise.reject(new Error('away'));
  const works = async () => 'PONG';

  it('answers what a command answers', async () => {
    const { circuit } = openCircuit();
    expect(await circuit.run(works)).to.deep.equal({ reached: true, value: 'PONG' });
  });

  it('leaves Redis alone for a while after a failure', async () => {
    const { circuit, clock, failures } = openCircuit();
    expect(await circuit.run(fails)).to.deep.equal({ reached: false });
    clock.now = 999;
    let asked = false;
    const command = async () => {
      asked = true;
    };
    expect(await circuit.run(command)).to.deep.equal({ reached: false });
    expect(asked).to.equal(false);
    expect(failures).to.have.length(1);
  });

  it('then sends one command to find out, and no other until that is back', async () => {
    const { circuit, clock } = openCircuit();
    await circuit.run(fails);
    clock.now = 1000;
    const probe = circuit.run(works);
    expect(await circuit.run(works)).to.deep.equal({ reached: false });
    expect(await probe).to.include({ reached: true });
    expect(await circuit.run(works)).to.include({ reached: true });
  });

  it('pauses again when that one fails', async () => {
    const { circuit, clock } = openCircuit();
    await circuit.run(fails);
    clock.now = 1000;
    await circuit.run(fails);
    clock.now = 1999;
    expect(await circuit.run(works)).to.deep.equal({ reached: false });
    clock.now = 2000;
    expect(await circuit.run(works)).to.include({ reached: true });
  });
});
