import { type Stack, type StackOptions, startStack } from '@flight/local';

/** A system under test, seen from its front door. */
export interface System {
  /** Base URL of an edge, or of the balancer before several. */
  readonly edgeUrl: string;
  /** Absent where somebody else started the system: nothing can be asked or done behind its front door. */
  readonly stack: Stack | undefined;
  close(): Promise<void>;
}

/**
 * The system that SYSTEM_UNDER_TEST names, which must be as new (no accounts, no flights), or one of our own. Tests of the public API
 * hold on either: `make test-edge EDGE_URL=http://localhost:4000`.
 */
export async function openSystem(options?: StackOptions): Promise<System> {
  const edgeUrl = process.env.SYSTEM_UNDER_TEST;
  if (edgeUrl) return { edgeUrl, stack: undefined, close: async () => undefined };
  const stack = await startStack(options);
  return { edgeUrl: stack.edgeUrl, stack, close: stack.close };
}
