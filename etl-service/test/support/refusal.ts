import { Fault } from '@flight/mesh';

/** The fault that a call is refused with; anything else fails the test. */
export async function refusalOf(call: Promise<unknown>): Promise<Fault> {
  const answer = await call.catch((error: unknown) => error);
  if (answer instanceof Fault) return answer;
  throw new Error('was not refused', { cause: answer });
}

/** The fault that a function throws; anything else fails the test. */
export function refusalBy(work: () => unknown): Promise<Fault> {
  return refusalOf(new Promise((resolve) => resolve(work())));
}
