import { openTestBed, type TestBed, until } from '@flight/local';
import { UserServiceDefinition } from '@flight/proto/user';
import type { Client } from '../../src/client/dial.js';
import type { MeshProcess } from '../../src/process.js';
import { openTestProcess } from './test-process.js';
import { serveUsers, type UserHandlers } from './user-service.js';

/** A caller, a Consul, and servers of the users' contract that come and go with each test. */
export interface UserMesh {
  readonly bed: TestBed;
  readonly caller: MeshProcess;
  /** Serves instances of a service of their own and dials it once all are known. */
  dialled(
    service: string,
    handlers: Readonly<Record<string, Partial<UserHandlers>>>,
    from?: MeshProcess,
  ): Promise<Client<typeof UserServiceDefinition>>;
  /** Closes the servers that were dialled so far. */
  closeServers(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a Consul and a caller; nothing is served yet. */
export async function openUserMesh(): Promise<UserMesh> {
  const bed = await openTestBed({ consul: true });
  const { consulUrl } = bed;
  const caller = await openTestProcess({ consulUrl, service: 'caller', instance: 'caller_1' });
  const opened: MeshProcess[] = [];

  async function closeServers(): Promise<void> {
    await Promise.all(opened.splice(0).map((server) => server.close()));
  }

  return {
    bed,
    caller,
    closeServers,
    async dialled(service, handlers, from = caller) {
      for (const [instance, own] of Object.entries(handlers))
        opened.push(await serveUsers({ consulUrl, service, instance, handlers: own }));
      const client = from.dial(service, UserServiceDefinition);
      const count = Object.keys(handlers).length;
      await until(`${service} to be known`, () => from.instances(service).current.length === count);
      return client;
    },
    async close() {
      await closeServers();
      await caller.close();
      await bed.close();
    },
  };
}
