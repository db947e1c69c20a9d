import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { createPortChooser, isFree } from '../src/processes/free-port.js';

describe('free ports', () => {
  const server = createServer();
  let taken: number;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    taken = (server.address() as AddressInfo).port;
  });

  after(() => void server.close());

  it('gives the usual port when nobody listens on it', async () => {
    const free = await createPortChooser('random')();
    expect(await createPortChooser('usual')(free)).to.equal(free);
  });

  it('gives a higher port when somebody listens on the usual one', async () => {
    const port = await createPortChooser('usual')(taken);
    expect(port).to.be.greaterThan(taken);
    expect(await isFree(port)).to.equal(true);
  });

  it('never gives the same port twice', async () => {
    const choose = createPortChooser('usual');
    const free = await createPortChooser('random')();
    expect(await choose(free)).to.not.equal(await choose(free));
  });

  it('tells a taken port from a free one', async () => {
    expect(await isFree(taken)).to.equal(false);
  });
});
