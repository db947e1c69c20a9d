import type { FlightUpdate, History, UpdateStore } from '../../src/domain/flight-updates.js';

/** Stored updates of one flight, at hand: what rooms are tested on without a network. */
export interface MemoryStore extends UpdateStore {
  add(): FlightUpdate;
  trim(oldest: number): void;
  /** How often history was asked for. */
  readonly lists: number;
  /** Whether it answers. */
  isAway: boolean;
}

export const FLIGHT_CODE = 'FL001';

export function createMemoryStore(pageSize = 100): MemoryStore {
  let kept: FlightUpdate[] = [];
  let latest = 0;
  let lists = 0;

  const position = () => ({ flightCode: FLIGHT_CODE, latest, oldest: kept[0]?.sequence ?? 0 });
  const store: MemoryStore = {
    isAway: false,
    add() {
      latest += 1;
      const update = {
        flightCode: FLIGHT_CODE,
        sequence: latest,
        update: `news ${latest}`,
        createdAt: Date.now(),
      };
      kept.push(update);
      return update;
    },
    trim(oldest) {
      kept = kept.filter(({ sequence }) => sequence >= oldest);
    },
    get lists() {
      return lists;
    },
    async list(_flightCode, after): Promise<History> {
      lists += 1;
      if (store.isAway) throw new Error('away');
      const updates = kept.filter(({ sequence }) => sequence > after).slice(0, pageSize);
      return { updates, position: position() };
    },
    async positions() {
      if (store.isAway) throw new Error('away');
      return [position()];
    },
    async *watch() {
      yield undefined;
    },
  };
  return store;
}
