import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { answerBrokenRequest } from './broken-request.js';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
}

/** A running HTTP server. */
export interface HttpServer {
  /** For what is not a request and an answer: upgrades. */
  readonly server: Server;
  readonly port: number;
  /**
   * Stops in order: goes on answering for the linger, telling clients to go elsewhere; then takes no new connections
   * and lets requests finish; after the grace it breaks off what is left.
   */
  close(lingerMs: number, graceMs: number): Promise<void>;
}

/** Requests must be complete after this long, in milliseconds. */
const REQUEST_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than balancers keep theirs (60 s is common), so that it is never we who close on a request under way. */
const KEEP_ALIVE_MS = 75_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
const SWEEP_MS = 50;
/**
 * Connections that may wait to be accepted; the kernel has a lower limit on most systems (net.core.somaxconn). A client
 * that finds no place is not refused but left to try again after a second, then three, then seven (RFC 6298).
 */
const BACKLOG = 4096;

/**
 * Opens the HTTP server of an Express application.
 *
 * @throws the listener's error, such as EADDRINUSE
 */
export async function openHttpServer(app: Express, { host, port }: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(
    {
      ...createMessageClasses(app),
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    app,
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.on('clientError', answerBrokenRequest);
  // An expectation that is not known is not worth a refusal without a word, which is what Node would send.
  server.on('checkExpectation', app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host, backlog: BACKLOG }, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async close(lingerMs, graceMs) {
      server.prependListener('request', (_request, response) => {
        response.shouldKeepAlive = false;
      });
      await new Promise((resolve) => setTimeout(resolve, lingerMs));
      await finish(server, graceMs);
    },
  };
}

/**
 * Classes whose instances have Express' prototypes from birth. Express sets the prototype of each request and response
 * to its own; on objects that were born with another, that makes all of Node's HTTP code slow.
 */
function createMessageClasses(app: Express) {
  function EdgeRequest(this: IncomingMessage, socket: Socket) {
    IncomingMessage.call(this, socket);
  }
  function EdgeResponse(this: ServerResponse, ...parameters: ConstructorParameters<typeof ServerResponse>) {
    ServerResponse.call(this, ...parameters);
  }
  EdgeRequest.prototype = app.request;
  EdgeResponse.prototype = app.response;
  return {
    IncomingMessage: EdgeRequest as unknown as typeof IncomingMessage,
    ServerResponse: EdgeResponse as unknown as typeof ServerResponse,
  };
}

/** Closing a server leaves connections open that are between two requests only at that moment, so they are swept. */
function finish(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(impatience);
      resolve();
    });
  });
}
