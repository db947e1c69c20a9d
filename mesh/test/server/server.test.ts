import { openTestBed, type TestBed } from '@flight/local';
import {
  Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect } from 'chai';
import { protoPath } from 'grpc-health-check';
import { Fault } from '../../src/fault.js';
import { fromStatus } from '../../src/fault-status.js';
import type { MeshProcess } from '../../src/process.js';
import { serveUsers } from '../support/user-service.js';

const LOGIN = '/flight.user.v1.UserService/Login';
const KEYS = '/flight.user.v1.UserService/GetJsonWebKeySet';

describe('a gRPC server of the mesh', function () {
  this.timeout(20_000);
  const lines: string[] = [];
  let bed: TestBed;
  let server: MeshProcess & { readonly address: string };
  let client: Client;

  before(async () => {
    bed = await openTestBed({ consul: true });
    server = await serveUsers({
      consulUrl: bed.consulUrl,
      service: 'served',
      instance: 'served_1',
      lines,
      handlers: {
        login: async () => {
          throw new TypeError('secret detail of a defect');
        },
        register: () => {
          throw new Error('thrown before any promise');
        },
        getJsonWebKeySet: async () => ({ keys: [] }),
        getUser: async () => {
          throw new Fault('not_found', 'USER_NOT_FOUND', 'User not found', { user_id: '1' });
        },
      },
    });
    client = new Client(server.address, credentials.createInsecure());
  });

  after(async () => {
    client.close();
    await server.close();
    await bed.close();
  });

  function call(path: string, bytes: Buffer = Buffer.alloc(0), metadata = new Metadata()): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const whole = (buffer: Buffer) => buffer;
      const options = { deadline: Date.now() + 2000 };
      client.makeUnaryRequest(path, whole, whole, bytes, metadata, options, (error, answer) => {
        if (error) reject(error);
        else resolve(answer ?? Buffer.alloc(0));
      });
    });
  }

  async function errorOf(promise: Promise<unknown>): Promise<ServiceError> {
    return promise.then(
      () => Promise.reject(new Error('expected an error')),
      (error: ServiceError) => error,
    );
  }

  it('answers a defect in a handler INTERNAL, tells nothing, logs it whole, and lives', async () => {
    for (const method of [LOGIN, '/flight.user.v1.UserService/Register']) {
      const error = await errorOf(call(method));
      expect(error.code).to.equal(status.INTERNAL);
      expect(error.details).to.equal('An error occurred');
    }
    expect(lines.join(''))
      .to.include('secret detail of a defect')
      .and.to.include('thrown before any promise');
    await call(KEYS);
  });

  it('answers bytes that are no message INVALID_ARGUMENT', async () => {
    const error = await errorOf(call(LOGIN, Buffer.from([0x0a, 0xff, 0xff, 0xff])));
    expect(error.code).to.equal(status.INVALID_ARGUMENT);
    expect(fromStatus(error).reason).to.equal('MALFORMED_MESSAGE');
  });

  it('answers a method that is not there UNIMPLEMENTED', async () => {
    const error = await errorOf(call('/flight.user.v1.UserService/Nothing'));
    expect(error.code).to.equal(status.UNIMPLEMENTED);
  });

  it('sends a refusal with ErrorInfo', async () => {
    const error = await errorOf(call('/flight.user.v1.UserService/GetUser'));
    expect(error).to.deep.include({ code: status.NOT_FOUND, details: 'User not found' });
    expect(fromStatus(error)).to.deep.include({
      reason: 'USER_NOT_FOUND',
      domain: 'served',
      facts: { user_id: '1' },
    });
  });

  it('logs each call with its method, code and request id', async () => {
    const metadata = new Metadata();
    metadata.set('x-request-id', 'find-me');
    await call(KEYS, undefined, metadata);
    const line = lines.map((text) => JSON.parse(text)).find((entry) => entry.request_id === 'find-me');
    expect(line).to.deep.include({
      method: KEYS,
      code: 'ok',
      msg: 'served',
      service: 'served',
      instance: 'served_1',
    });
  });

  it('measures calls by method and code and shows it on the admin port', async () => {
    await call(KEYS);
    const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
    const count = text
      .split('\n')
      .find((row) => row.startsWith('grpc_server_handled_seconds_count') && row.includes(KEYS));
    expect(count).to.include('code="ok"').and.to.include('service_instance="served_1"');
    expect((await fetch(`${server.adminUrl}/readyz`)).status).to.equal(200);
    expect((await fetch(`${server.adminUrl}/livez`)).status).to.equal(200);
    expect((await fetch(`${server.adminUrl}/nothing`)).status).to.equal(404);
  });

  it('answers health checks by the standard contract', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: an independent client, made from the loaded contract
    const loaded = loadPackageDefinition(loadSync(protoPath)) as any;
    const health = new loaded.grpc.health.v1.Health(server.address, credentials.createInsecure());
    const check = (service: string) =>
      new Promise((resolve, reject) => {
        health.check({ service }, (error: ServiceError | null, answer: { status: unknown }) => {
          if (error) reject(error);
          else resolve(answer.status);
        });
      });
    expect(await check('')).to.equal(1);
    expect(await check('flight.user.v1.UserService')).to.equal(1);
    expect((await errorOf(check('unknown'))).code).to.equal(status.NOT_FOUND);
    health.close();
  });
});
