import type { WorkKind } from '@flight/local';

/** CPU time so far, in milliseconds. */
export interface Cpu {
  readonly ownMs: number;
  /** Of children that have ended and been waited for. */
  readonly childrenMs: number;
}

/** What a test process writes down, one JSON line each. Times are in milliseconds since 1970. */
export type Note =
  | { readonly kind: 'begin' | 'end'; readonly file: string; readonly at: number; readonly cpu: Cpu }
  | { readonly kind: 'test'; readonly file: string; readonly title: string; readonly ms: number }
  | { readonly kind: 'load'; readonly from: number; readonly to: number }
  | {
      readonly kind: WorkKind | 'hash';
      readonly what: string;
      readonly from: number;
      readonly to: number;
    };
