import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenConsul, openConsul, until } from '@flight/local';

/** A real Consul agent that a test may mistreat. */
export interface TestAgent {
  readonly url: string;
  /** Stops it in its tracks, and waits until it stands: its port still accepts connections, nothing answers. */
  freeze(): Promise<void>;
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
    async freeze() {
      signal('SIGSTOP');
      await until('the agent to stand still', () => isStopped(agent.pid));
    },
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

/** Whether all threads of a process are stopped: on a busy machine they go on for a moment after the signal. */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
  );
  return stats.every((stat) => /^\d+ \(.*\) T /.test(stat));
}
