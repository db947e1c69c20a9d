import { FlightError } from '../../src/index.js';

/** The FlightError that a call fails with. @throws Error when it succeeds, or fails with anything else */
export async function caught(call: Promise<unknown>): Promise<FlightError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof FlightError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}
