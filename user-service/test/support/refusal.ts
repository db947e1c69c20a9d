import { Fault } from '@flight/mesh';
import { expect } from 'chai';

/** The fault that a call is refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<Fault> {
  try {
    const answer = await call;
    expect.fail(`was not refused, but answered ${JSON.stringify(answer)}`);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** The fault that a function throws. */
export function refusalBy(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return expect.fail('was not refused');
}

/** How a call ended: answered, or the kind of fault. */
export function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error: unknown) => {
      if (error instanceof Fault) return error.kind;
      throw error;
    },
  );
}
