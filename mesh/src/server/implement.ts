import type { MethodDescription, RequestOf, ResponseOf, ServiceDefinition } from '../method.js';
import type { CallContext } from './call-context.js';

type Handler<M extends MethodDescription> = M['responseStream'] extends true
  ? (request: RequestOf<M>, call: CallContext) => AsyncIterable<ResponseOf<M>>
  : (request: RequestOf<M>, call: CallContext) => Promise<ResponseOf<M>>;

/** A function for each method of a service. It fails by throwing a Fault. */
export type Handlers<D extends ServiceDefinition> = {
  readonly [M in keyof D['methods']]: Handler<D['methods'][M]>;
};

/** A service and what carries out its calls. */
export interface ServiceBinding {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, unknown>>;
}

/** Binds handlers to a service; the types see to it that none is missing. */
export function implement<D extends ServiceDefinition>(definition: D, handlers: Handlers<D>): ServiceBinding {
  return { definition, handlers };
}
