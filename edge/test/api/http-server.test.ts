import { connect } from 'node:net';
import { until } from '@flight/local';
import { expect } from 'chai';
import express, { type Express } from 'express';
import { type HttpServer, openHttpServer } from '../../src/api/http-server.js';
import { sendRaw, toRaw } from '../support/raw-request.js';

describe('the HTTP server', () => {
  let app: Express;
  let http: HttpServer;
  let address: string;

  beforeEach(async () => {
    app = express();
    app.get('/fast', (_request, response) => void response.send('fast'));
    http = await openHttpServer(app, { host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${http.port}`;
  });
  afterEach(() => http.close(0, 0));

  it("makes requests and responses that are Express' from birth", async () => {
    const born: unknown[] = [];
    http.server.prependListener('request', (request, response) => {
      born.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
    });
    expect(await (await fetch(`${address}/fast`)).text()).to.equal('fast');
    expect(born[0]).to.equal(app.request);
    expect(born[1]).to.equal(app.response);
  });

  it('hands upgrades on', async () => {
    http.server.on('upgrade', (request, socket) => {
      socket.end(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`,
      );
    });
    const reply = await sendRaw(
      address,
      toRaw('GET /ws', ['Upgrade: websocket']).replace('Connection: close', 'Connection: Upgrade'),
    );
    expect(reply)
      .to.match(/^HTTP\/1\.1 101 /)
      .and.to.include('Upgrade: websocket');
  });

  it('finishes what it began before it closes, and tells clients to go elsewhere', async () => {
    let finish: (() => void) | undefined;
    app.get('/slow', (_request, response) => {
      finish = () => void response.send('slow');
    });
    const asked = fetch(`${address}/slow`);
    await until(() => finish !== undefined);
    const closed = http.close(0, 5000);
    finish?.();
    const answer = await asked;
    expect(await answer.text()).to.equal('slow');
    await closed;
    expect(
      await fetch(`${address}/fast`).then(
        () => 'answered',
        () => 'refused',
      ),
    ).to.equal('refused');
  });

  it('answers while it lingers, on connections that then close', async () => {
    const closed = http.close(3000, 5000);
    const answer = await fetch(`${address}/fast`);
    expect(answer.headers.get('connection')).to.equal('close');
    await closed;
  });

  it('breaks off what does not finish', async () => {
    app.get('/never', () => undefined);
    const asked = fetch(`${address}/never`).then(
      () => 'answered',
      () => 'broken off',
    );
    await until(
      () => new Promise<boolean>((resolve) => http.server.getConnections((_, count) => resolve(count > 0))),
    );
    await http.close(0, 50);
    expect(await asked).to.equal('broken off');
  });

  it('closes with idle connections open', async () => {
    const socket = connect(http.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await http.close(0, 200);
    await closed;
  });
});
