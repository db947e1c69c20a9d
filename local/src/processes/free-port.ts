import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { isErrorWithCode } from '../programs/make-folder.js';

/** Hands out ports of 127.0.0.1 that nobody listens on, none of them twice. */
export type PortChooser = (wish?: number) => Promise<number>;

// Below Linux's range for outgoing connections (32768 and up), so that none of those takes the port before its server does.
const RANDOM_FROM = 15_000;
const RANDOM_BELOW = 32_000;

/**
 * `usual`: the port that was wished for, else the next free one above it. `random`: any free port, whatever was wished for, so
 * that tests never meet a running stack or each other. Without a wish any free port will do.
 */
export function createPortChooser(style: 'usual' | 'random'): PortChooser {
  const given = new Set<number>();
  return async (wish) => {
    for (let attempt = 0; attempt < 1_000; attempt += 1) {
      const isWished = style === 'usual' && wish !== undefined;
      const port = isWished ? wish + attempt : randomInt(RANDOM_FROM, RANDOM_BELOW);
      if (given.has(port) || port > 65_535) continue;
      given.add(port);
      if (await isFree(port)) return port;
    }
    throw new Error(`no free port found ${wish === undefined ? 'at all' : `from ${wish}`}`);
  };
}

/** True when a server could listen on this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (isErrorWithCode(error, 'EADDRINUSE', 'EACCES')) resolve(false);
      else reject(error);
    });
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
