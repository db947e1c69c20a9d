import autocannon from 'autocannon';
import type { Round } from './measurement.js';
import { cpuByName, perRequestMicros, type Watched } from './watched-processes.js';

/** A request that is sent over and over. */
export interface HttpLoad {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bodies taken in turn instead of one. */
  readonly bodies?: readonly string[];
  /** The status that counts as expected. */
  readonly expected: number;
  readonly connections: number;
  readonly seconds: number;
  readonly watched: readonly Watched[];
}

/** Sends requests over keep-alive connections, each with one request at a time, and counts what came back. */
export async function loadHttp(load: HttpLoad): Promise<Round> {
  const { url, method = 'GET', headers = {}, body, bodies, expected, connections, seconds, watched } = load;
  const before = await cpuByName(watched);
  const requests = bodies?.map((one) => ({ method, headers: { ...headers }, body: one }));
  const result = await autocannon({
    url,
    method,
    headers: { ...headers },
    ...(body !== undefined && { body }),
    ...(requests !== undefined && { requests }),
    connections,
    duration: seconds,
  });
  const after = await cpuByName(watched);
  const { total } = result.requests;
  // `statusCodeStats` is real and not in the types.
  const stats = (result as unknown as { statusCodeStats: Record<string, { count: number }> }).statusCodeStats;
  return {
    perSecond: total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    unexpected: total - (stats[String(expected)]?.count ?? 0) + result.errors,
    cpuMicros: perRequestMicros(before, after, total),
  };
}
