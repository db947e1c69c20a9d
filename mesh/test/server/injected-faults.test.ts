import { expect } from 'chai';
import { createInjectedFaults, type InjectedFault, strike } from '../../src/server/injected-faults.js';

const LOGIN = '/flight.user.v1.UserService/Login';
const REGISTER = '/flight.user.v1.UserService/Register';

function someFault(given: Partial<InjectedFault> = {}): InjectedFault {
  const nothing = { method: LOGIN, errorRate: 0, latencyMs: 0, blackHoleRate: 0, until: 1000 };
  return { kind: 'unavailable', ...nothing, ...given };
}

describe('injected faults', () => {
  it('concern one method, and all others where a fault names none', () => {
    const faults = createInjectedFaults();
    expect(faults.find(LOGIN, 0)).to.equal(undefined);
    const [own, common] = [someFault({ errorRate: 1 }), someFault({ method: '', latencyMs: 5 })];
    faults.inject(own);
    expect([faults.find(LOGIN, 0), faults.find(REGISTER, 0)]).to.deep.equal([own, undefined]);
    faults.inject(common);
    expect([faults.find(LOGIN, 0), faults.find(REGISTER, 0)]).to.deep.equal([own, common]);
    expect(faults.list(0)).to.deep.equal([common, own]);
  });

  it('take the place of the one before', () => {
    const faults = createInjectedFaults();
    faults.inject(someFault({ errorRate: 1 }));
    faults.inject(someFault({ errorRate: 0.5 }));
    expect(faults.list(0).map(({ errorRate }) => errorRate)).to.deep.equal([0.5]);
  });

  it('are over by themselves', () => {
    const faults = createInjectedFaults();
    faults.inject(someFault({ until: 1000 }));
    expect(faults.find(LOGIN, 999)).not.to.equal(undefined);
    expect([faults.find(LOGIN, 1000), faults.list(1000), faults.clear('', 1000)]).to.deep.equal([
      undefined,
      [],
      0,
    ]);
  });

  it('are cleared one by one or all at once', () => {
    const faults = createInjectedFaults();
    for (const method of ['', LOGIN, REGISTER]) faults.inject(someFault({ method }));
    expect([faults.clear(LOGIN, 0), faults.clear(LOGIN, 0), faults.clear('', 0)]).to.deep.equal([1, 0, 2]);
    expect(faults.list(0)).to.deep.equal([]);
  });

  it('share the calls out by their rates', () => {
    const fault = someFault({ errorRate: 0.3, blackHoleRate: 0.5 });
    const strokes = [0, 0.29, 0.3, 0.79, 0.8, 0.99].map((chance) => strike(fault, chance));
    expect(strokes).to.deep.equal(['fail', 'fail', 'swallow', 'swallow', 'serve', 'serve']);
    expect(strike(someFault({ errorRate: 1 }), 0.999)).to.equal('fail');
    expect(strike(someFault(), 0)).to.equal('serve');
  });
});
