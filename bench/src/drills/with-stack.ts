import { type Stack, until } from '@flight/local';
import { type BenchStack, type StackShape, startBenchStack } from '../bench-stack.js';

/** No call is tried twice, neither after a failure nor to be quicker. */
export const EACH_CALL_ONCE = { CALL_RETRIES: 'off', CALL_HEDGES: 'off' };

/** Starts a whole system for a drill and takes it away afterwards. */
export async function withStack<T>(
  environment: Readonly<Record<string, string>>,
  body: (bench: BenchStack) => Promise<T>,
  shape: StackShape = {},
): Promise<T> {
  const bench = await startBenchStack(environment, shape);
  try {
    return await body(bench);
  } finally {
    await bench.stack.close();
  }
}

/** Kills a process without warning and waits until its supervisor has brought it back and all are healthy. */
export async function killAndSeeBack(stack: Stack, id: string): Promise<void> {
  const pidOf = () => stack.instances.find((instance) => instance.id === id)?.pid;
  const before = pidOf();
  stack.kill(id);
  await until(`${id} to be started again`, () => pidOf() !== undefined && pidOf() !== before);
  await stack.untilHealthy();
}
