import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Crowd, Flood } from './crowd.js';
import type { CrowdTarget } from './crowd-socket.js';

/** What a crowd in a process of its own can be told. */
export type CrowdCommand =
  | { readonly kind: 'resize'; readonly members: number }
  | { readonly kind: 'tell'; readonly updates: number }
  | { readonly kind: 'flood'; readonly seconds: number; readonly inFlight: number };

/** A crowd in a process of its own, so that its CPU time can be told from the server's. */
export interface RemoteCrowd extends Crowd {
  readonly pid: number;
  close(): Promise<void>;
}

/** @throws when the process ends instead of doing what it is told */
export async function openRemoteCrowd(target: CrowdTarget): Promise<RemoteCrowd> {
  const file = fileURLToPath(new URL('./crowd-process.js', import.meta.url));
  const child = fork(file, [JSON.stringify(target)]);
  const ended = once(child, 'exit');
  const answer = async () => {
    const gone = ended.then(() => Promise.reject(new Error(`the crowd of ${target.url} ended`)));
    const [{ result }] = (await Promise.race([once(child, 'message'), gone])) as [{ result: unknown }];
    return result;
  };
  const tell = (command: CrowdCommand) => {
    child.send(command);
    return answer();
  };
  await answer();
  return {
    pid: child.pid ?? 0,
    resize: async (members) => void (await tell({ kind: 'resize', members })),
    tellOneByOne: async (updates) => (await tell({ kind: 'tell', updates })) as readonly number[],
    flood: async (seconds, inFlight) => (await tell({ kind: 'flood', seconds, inFlight })) as Flood,
    async close() {
      child.disconnect();
      await ended;
    },
  };
}
