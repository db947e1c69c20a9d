import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Readiness } from './readiness.js';

/** What the admin port shows. */
export interface AdminOptions {
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  readonly registry: Registry;
  readonly readiness: Readiness;
}

/** A running admin port. */
export interface Admin {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Opens the admin port: `/metrics` for Prometheus, `/livez` (the process runs), `/readyz` (it can do its work, or 503
 * and what is missing). It knows no secrets and takes no orders.
 *
 * @throws the listener's error, such as EADDRINUSE
 */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, options).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  url: string,
  response: ServerResponse,
  { registry, readiness }: AdminOptions,
): Promise<void> {
  switch (url.split('?', 1)[0]) {
    case '/metrics':
      return send(response, 200, registry.contentType, await registry.metrics());
    case '/livez':
      return sendJson(response, 200, { status: 'alive' });
    case '/readyz': {
      const missing = readiness.missing();
      const ready = Object.keys(missing).length === 0;
      return sendJson(
        response,
        ready ? 200 : 503,
        ready ? { status: 'ready' } : { status: 'waiting', missing },
      );
    }
    default:
      return sendJson(response, 404, { message: 'Here are /metrics, /livez and /readyz' });
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
