import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenConsul, openConsul } from '@flight/local';

/** A real Consul agent that a test may mistreat. */
export interface TestAgent {
  readonly url: string;
  /** Stops it in its tracks: its port still accepts connections, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Kills it at once. */
  kill(): void;
  /** Starts it again at the same address, with an empty catalog. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Opens an agent in memory, elected in a fifth of a second. `config` is added to what it reads. */
export async function openTestAgent(config: object = {}): Promise<TestAgent> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flight-agent-'));
  await mkdir(join(dataDir, 'config'));
  await writeFile(join(dataDir, 'config', 'test.json'), JSON.stringify(config));
  let agent: OpenConsul = await openConsul({ dataDir, mode: 'dev' });
  let isAlive = true;
  const { url } = agent;
  const signal = (name: NodeJS.Signals) => {
    // A pid that is gone may belong to a stranger by now.
    if (isAlive) process.kill(agent.pid, name);
  };
  return {
    url,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    kill() {
      signal('SIGKILL');
      isAlive = false;
    },
    async restart() {
      await agent.close();
      agent = await openConsul({ dataDir, mode: 'dev', port: Number(new URL(url).port) });
      isAlive = true;
    },
    async close() {
      await agent.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
