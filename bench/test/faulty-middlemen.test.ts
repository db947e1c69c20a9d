import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { until } from '@flight/local';
import { expect } from 'chai';
import { openLyingConsul } from '../src/drills/mesh/lying-consul.js';
import { openWeakWire } from '../src/drills/mesh/weak-wire.js';

describe('a wire that forgets', () => {
  it('carries nothing on old connections, tells nobody, and carries new ones', async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    const wire = await openWeakWire((echo.address() as AddressInfo).port);
    const [old, oldHeard] = listen(connect(wire.port, '127.0.0.1'));
    old.write('a');
    await until('the echo', () => oldHeard() === 'a');
    wire.forget();
    old.write('b');
    const [fresh, freshHeard] = listen(connect(wire.port, '127.0.0.1'));
    fresh.write('c');
    await until('the echo of a new connection', () => freshHeard() === 'c');
    expect([oldHeard(), old.destroyed]).to.deep.equal(['a', false]);
    await wire.close();
    echo.close();
  });

  function listen(socket: Socket): readonly [Socket, () => string] {
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString();
    });
    return [socket, () => heard];
  }
});

describe('an agent that lies', () => {
  it('tells the truth until it is told to lie, and interrupts those who wait for news', async () => {
    const agent = createHttpServer((request, response) => {
      // A query with an index waits for news, which never come.
      if (!request.url?.includes('index=')) response.end('["truth"]');
    });
    await once(agent.listen(0, '127.0.0.1'), 'listening');
    const consul = await openLyingConsul(`http://127.0.0.1:${(agent.address() as AddressInfo).port}`);
    const health = `${consul.url}/v1/health/service/any`;
    expect(await (await fetch(`${health}?passing=true`)).json()).to.deep.equal(['truth']);
    let waited = false;
    agent.once('request', () => {
      waited = true;
    });
    const waiting = fetch(`${health}?index=5`);
    await until('the query to wait', () => waited);
    consul.tell('forbidden');
    expect((await waiting).status).to.equal(403);
    consul.tell('empty');
    expect(await (await fetch(`${health}?passing=true`)).json()).to.deep.equal([]);
    expect([consul.watchersTold('forbidden'), consul.watchersTold('empty')]).to.deep.equal([1, 1]);
    expect(await (await fetch(`${consul.url}/v1/agent/self`)).json()).to.deep.equal(['truth']);
    await consul.close();
    agent.closeAllConnections();
    agent.close();
  });
});
