import type { PatroniNode } from '@flight/local';
import type { Bound, Figures } from '../drill.js';
import type { DataContext } from './context.js';
import type { TrioOptions, TrioSystem } from './trio-system.js';

/** What a fault's control does without, and how long it then has no write acknowledged. */
export type UserDbControl =
  /** A client beside the load that was told the primary's address once; without reconnecting, its one connection. */
  | { readonly kind: 'fixed address'; readonly reconnects: boolean }
  /** The same fault again, with a protection of the database switched off. */
  | {
      readonly kind: 'unprotected';
      readonly without: string;
      /** Switches it off, strikes, waits, and puts all back. */
      readonly strike: (system: TrioSystem, primary: PatroniNode) => Promise<void>;
    };

/** One thing that happens to the users' database while it is written and read. */
export interface UserDbFault {
  readonly name: string;
  readonly demand: string;
  /** The longest time without an acknowledged write, in milliseconds. */
  readonly gapMs: number;
  readonly options?: TrioOptions;
  /** How long it is watched after the strike; what the bound allows and a while by default. */
  readonly watchMs?: (context: DataContext) => number;
  readonly strike: (system: TrioSystem, primary: PatroniNode) => Promise<unknown>;
  /** Makes the database whole again; waiting until it is, is done for it. */
  readonly repair?: (system: TrioSystem, struck: PatroniNode) => Promise<void>;
  readonly control: UserDbControl;
  /** A control besides, on a system of its own. */
  readonly furtherControl?: (context: DataContext) => Promise<FurtherControl>;
}

export interface FurtherControl {
  readonly figures: Figures;
  readonly bounds: readonly Bound[];
}
