import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** One connection to whichever server takes a database's writes, opened anew when it breaks. */
export interface Reconnecting {
  /** Undefined when it failed: nobody knows then whether it was done. */
  attempt<T>(body: (client: pg.Client) => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

const AGAIN_MS = 100;
/** A server that is killed together with its machine never says so. */
const TIMEOUT_MS = 12_000;

/** @param findConfig asked before each connection */
export function openReconnecting(findConfig: () => Promise<pg.ClientConfig>): Reconnecting {
  let connected: pg.Client | undefined;
  const drop = () => {
    void connected?.end().catch(() => undefined);
    connected = undefined;
  };
  const connect = async () => {
    const client = new pg.Client({
      ...(await findConfig()),
      connectionTimeoutMillis: 2000,
      query_timeout: TIMEOUT_MS,
    });
    // What breaks is told by the next statement.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  return {
    async attempt(body) {
      try {
        connected ??= await connect();
        return await body(connected);
      } catch {
        drop();
        await pause(AGAIN_MS);
        return undefined;
      }
    },
    close: async () => drop(),
  };
}
