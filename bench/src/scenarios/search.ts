import type { BenchStack } from '../bench-stack.js';
import { startChild } from '../child-server.js';
import type { Effort } from '../effort.js';
import { loadHttp } from '../http-load.js';
import { interleave } from '../interleave.js';
import type { Measurement } from '../measurement.js';
import { watchStack } from '../watched-processes.js';

const CONNECTIONS = 32;

/** Cached search through edge and mesh, beside a bare Express server that sends the same JSON. */
export async function measureSearch(
  { stack }: BenchStack,
  { seconds, rounds }: Effort,
): Promise<readonly Measurement[]> {
  const url = `${stack.edgeUrl}/api/flight/search-flights?from=Chisinau&to=London`;
  const answer = await (await fetch(url)).text();
  const bare = await startChild('bare-express', [answer]);
  const load = { connections: CONNECTIONS, seconds, expected: 200 };
  try {
    return await interleave(
      [
        { name: 'search, edge + mesh', round: () => loadHttp({ ...load, url, watched: watchStack(stack) }) },
        {
          name: 'search, bare Express',
          round: () =>
            loadHttp({ ...load, url: bare.address, watched: [{ name: 'express', pid: bare.pid }] }),
        },
      ],
      rounds,
    );
  } finally {
    await bare.close();
  }
}
