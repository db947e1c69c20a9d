import { readDescriptorSet } from '@flight/proto/descriptors';
import { UserServiceDefinition } from '@flight/proto/user';
import { Fault } from '../../src/fault.js';
import type { MeshProcess } from '../../src/process.js';
import type { Handlers } from '../../src/server/implement.js';
import { implement } from '../../src/server/implement.js';
import { openTestProcess } from './test-process.js';

export type UserHandlers = Handlers<typeof UserServiceDefinition>;

function unimplemented(): never {
  throw new Fault('unimplemented', 'UNKNOWN_METHOD', 'not part of this test');
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

/** Handlers of an instance that notes its name for each call it gets. */
export function naming(instance: string, calls: string[]): Partial<UserHandlers> {
  return {
    getJsonWebKeySet: async () => {
      calls.push(instance);
      return { keys: [] };
    },
  };
}

/** Serves the contract of user-service with the handlers that a test is about, registered in Consul. */
export async function serveUsers(given: {
  readonly consulUrl: string;
  readonly service: string;
  readonly instance: string;
  readonly handlers: Partial<UserHandlers>;
  readonly lines?: string[];
  readonly callsAtOnce?: number;
  readonly faultInjection?: boolean;
}): Promise<MeshProcess & { readonly address: string }> {
  const process = await openTestProcess(given);
  const binding = implement(UserServiceDefinition, { ...NOTHING, ...given.handlers });
  const { address } = await process.serve([binding], await readDescriptorSet());
  return Object.assign(process, { address });
}
