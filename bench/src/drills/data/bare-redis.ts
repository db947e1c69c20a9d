import type { Stack } from '@flight/local';
import { Cluster } from 'ioredis';
import { type Load, startLoad } from '../load.js';

/**
 * The control of the clients: reads from the same Redis Cluster with ioredis as it comes, without a time limit and with
 * queues for what can't be sent.
 */
export interface BareReads {
  readonly load: Pick<Load, 'samples'>;
  stop(): Promise<void>;
}

const PER_SECOND = 40;
const KEYS = 64;

export async function startBareReads({ redisNodes, redisPassword }: Stack): Promise<BareReads> {
  const nodes = redisNodes.split(',').map((node) => {
    const [host = '', port] = node.split(':');
    return { host, port: Number(port) };
  });
  const client = new Cluster(nodes, { redisOptions: { password: redisPassword } });
  // What becomes of its reads is what counts.
  client.on('error', () => undefined);
  await client.set('bare', 'connected');
  const load = startLoad(PER_SECOND, async (number) => {
    await client.get(`bare-${number % KEYS}`);
    return undefined;
  });
  return {
    load,
    async stop() {
      await load.stop();
      client.disconnect();
    },
  };
}
