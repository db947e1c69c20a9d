import { openTestBed, until } from '@flight/local';
import {
  type Client,
  Fault,
  type Handlers,
  implement,
  type MeshProcess,
  openProcess,
  type ServiceBinding,
} from '@flight/mesh';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { UserServiceDefinition } from '@flight/proto/user';

export type UserHandlers = Handlers<typeof UserServiceDefinition>;
export type UserClient = Client<typeof UserServiceDefinition>;

/** Servers and callers in this process, and a Consul of their own: for faults that a whole system can't be asked for. */
export interface SmallMesh {
  readonly consulUrl: string;
  /** Serves the contract of user-service under any name; methods that are not given are unimplemented. */
  serve(service: string, instance: string, handlers: Partial<UserHandlers>): Promise<ServedInstance>;
  /** Serves any contracts. */
  serveAll(service: string, instance: string, bindings: readonly ServiceBinding[]): Promise<ServedInstance>;
  /** A caller that finds its callees through this Consul, or another address of it. */
  openCaller(consulUrl?: string): Promise<MeshProcess>;
  /** Dials a service from a caller of its own once so many instances of it are known. */
  dial(service: string, instances: number): Promise<UserClient>;
}

/** A server of the small mesh. */
export interface ServedInstance {
  readonly process: MeshProcess;
  /** On loopback. */
  readonly port: number;
}

const HOST = '127.0.0.1';

function unimplemented(): never {
  throw new Fault('unimplemented', 'UNKNOWN_METHOD', 'not part of this drill');
}

const NOTHING: UserHandlers = {
  register: unimplemented,
  login: unimplemented,
  getUser: unimplemented,
  listSubscriptions: unimplemented,
  subscribe: unimplemented,
  unsubscribe: unimplemented,
  getSubscription: unimplemented,
  getJsonWebKeySet: unimplemented,
  simulateFailure: unimplemented,
};

/** Opens a Consul for a drill; it goes away with all that was opened on it. */
export async function withSmallMesh<T>(body: (mesh: SmallMesh) => Promise<T>): Promise<T> {
  const bed = await openTestBed({ consul: true, own: true });
  const opened: MeshProcess[] = [];
  let callers = 0;

  async function open(service: string, instance: string, url: string): Promise<MeshProcess> {
    const process = await openProcess({
      service,
      instance,
      host: HOST,
      grpcPort: 0,
      adminPort: undefined,
      logLevel: 'silent',
      consul: { url, token: undefined },
      lingerMs: 0,
    });
    opened.push(process);
    return process;
  }

  async function openCaller(url = bed.consulUrl): Promise<MeshProcess> {
    callers += 1;
    return open('caller', `caller_${callers}`, url);
  }

  async function serveAll(
    service: string,
    instance: string,
    bindings: readonly ServiceBinding[],
  ): Promise<ServedInstance> {
    const process = await open(service, instance, bed.consulUrl);
    const { address } = await process.serve(bindings, await readDescriptorSet());
    return { process, port: Number(address.split(':').at(-1)) };
  }

  try {
    return await body({
      consulUrl: bed.consulUrl,
      openCaller,
      serveAll,
      serve: (service, instance, handlers) =>
        serveAll(service, instance, [implement(UserServiceDefinition, { ...NOTHING, ...handlers })]),
      async dial(service, instances) {
        const caller = await openCaller();
        const client = caller.dial(service, UserServiceDefinition);
        await untilKnown(caller, service, instances);
        return client;
      },
    });
  } finally {
    try {
      // Callers first, which were opened last: those who are called drain for them otherwise.
      for (const process of opened.reverse()) await process.close();
    } finally {
      await bed.close();
    }
  }
}

/** Waits until a caller knows so many instances of a service. */
export async function untilKnown(caller: MeshProcess, service: string, instances: number): Promise<void> {
  await until(`${instances} × ${service}`, () => caller.instances(service).current.length === instances);
}
