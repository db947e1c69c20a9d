import { expect } from 'chai';
import { Refusal } from '../../src/domain/refusal.js';

/** The refusal that a function throws. */
export function refusalBy(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return expect.fail('was not refused');
}
