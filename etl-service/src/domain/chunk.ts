import type { ChangeBatch, Changes } from './changes.js';

/** Changes that are to be stored together. */
export interface Chunk {
  readonly rows: number;
  add(batch: ChangeBatch): void;
  /** Hands out what was added, and is empty again. */
  take(): { readonly changes: Changes; readonly rows: number };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : never };

export function createChunk(): Chunk {
  let changes = none();
  let rows = 0;

  /** Pushed one by one: spread into a call, ten thousand arguments would go on the stack. */
  function addAll<Item>(to: Item[], items: readonly Item[]): void {
    for (const item of items) to.push(item);
    rows += items.length;
  }

  return {
    get rows() {
      return rows;
    },
    add({ changes: added }) {
      addAll(changes.flights, added.flights);
      addAll(changes.bookings, added.bookings);
      addAll(changes.users, added.users);
      addAll(changes.subscriptions, added.subscriptions);
      addAll(changes.flightUpdates, added.flightUpdates);
    },
    take() {
      const taken = { changes, rows };
      changes = none();
      rows = 0;
      return taken;
    },
  };
}

function none(): Mutable<Changes> {
  return { flights: [], bookings: [], users: [], subscriptions: [], flightUpdates: [] };
}
