import type { Drill, DrillContext } from '../drill.js';
import type { Engine } from './engine.js';

export interface ComposeContext extends DrillContext {
  readonly engine: Engine;
  /** Somebody who is signed in. */
  readonly user: { readonly token: string; readonly userId: number };
}

export type ComposeDrill = Drill<ComposeContext>;
