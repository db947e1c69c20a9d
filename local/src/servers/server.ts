import type { ProcessSpec, RunningProcess } from '../processes/start-process.js';
import { startProcess } from '../processes/start-process.js';
import { waitUntil } from '../wait-until.js';
import { traced } from '../work.js';

/** A server whose folder and settings are ready, described so that it can be started again and again. */
export interface PreparedServer {
  /** `PostgreSQL 18.4 (npm package)`. */
  readonly title: string;
  /** `host:port` or a URL, for people. */
  readonly address: string;
  readonly spec: ProcessSpec;
  /** Undefined when the server really answers, else why not yet; may also throw the reason. */
  findObstacle(): Promise<string | undefined>;
}

export const START_TIMEOUT_MS = 30_000;

/** Starts one prepared server without supervision and waits until it answers. Fails at once when the process dies. */
export function startServer(server: PreparedServer): Promise<RunningProcess> {
  return traced('server', server.spec.id, () => startOnce(server));
}

async function startOnce(server: PreparedServer): Promise<RunningProcess> {
  const running = await startProcess(server.spec);
  const died = new AbortController();
  void running.exited.then(({ code, signal }) => {
    died.abort(
      new Error(`${server.title} ended with ${signal ?? `code ${code}`}; see ${server.spec.logFile}`),
    );
  });
  try {
    const what = `${server.title} on ${server.address}`;
    await waitUntil(() => server.findObstacle(), {
      what,
      timeoutMs: START_TIMEOUT_MS,
      signal: died.signal,
    });
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/**
 * Prepares and starts a server. A port of our own choice may be taken before the server listens on it: then all is prepared
 * again with another one, up to three times. A port that the caller asked for is tried once.
 */
export async function openServer<S extends PreparedServer>(
  prepare: () => Promise<S>,
  portIsGiven: boolean,
): Promise<{ server: S; running: RunningProcess }> {
  for (let attemptsLeft = portIsGiven ? 0 : 2; ; attemptsLeft -= 1) {
    const server = await traced('server', 'preparation', prepare);
    try {
      return { server, running: await startServer(server) };
    } catch (error) {
      if (attemptsLeft === 0) throw error;
    }
  }
}
