import type { FlightUpdate } from './flight-updates.js';

/** Hears how the rooms are doing. */
export interface UpdateRecords {
  /** Updates were written to members, so many times in all. */
  delivered(updates: readonly FlightUpdate[], times: number): void;
  /** Members were given updates of before they came, so many. */
  replayed(updates: number): void;
  /** Updates that no announcement had brought came from the store, so many. */
  repaired(updates: number): void;
  /** Updates that were due are no longer in the store, so many. */
  lost(flightCode: string, updates: number): void;
  /** The store could not be asked. It will be again. */
  storeFailed(error: unknown): void;
  watchBegan(): void;
  /** @param error undefined when the other side ended it */
  watchBroke(error: unknown): void;
}
