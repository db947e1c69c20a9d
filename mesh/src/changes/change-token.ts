import { z } from 'zod';
import { Fault } from '../fault.js';
import { isSnapshot, type Snapshot } from './snapshot.js';

/** How far somebody has followed the changes of a database. */
export interface ChangePosition {
  /** Which database the numbers of transactions are of. */
  readonly identity: string;
  /** Everything that it sees has been told. */
  readonly after: Snapshot;
  /** The window that has been told in part. */
  readonly within?: WindowPosition | undefined;
}

/** Where in a window somebody is. */
export interface WindowPosition {
  /** The snapshot that the window ends with. */
  readonly upTo: Snapshot;
  /** The table that is being told; those before it are done. */
  readonly table: number;
  /** The row that was told last. */
  readonly changedIn: string;
  readonly id: string;
}

/** What a bigint takes, and an xid8 as well, so that no token makes a statement fail. */
const NUMBER = z.string().refine((digits) => /^\d{1,19}$/.test(digits) && BigInt(digits) < 2n ** 63n);
const SNAPSHOT = z.string().refine(isSnapshot);
const FORM = z.union([
  z.tuple([z.string(), SNAPSHOT]),
  z.tuple([z.string(), SNAPSHOT, SNAPSHOT, z.int().min(0).max(99), NUMBER, NUMBER]),
]);

export function toChangeToken({ identity, after, within }: ChangePosition): string {
  const parts = [
    identity,
    after,
    ...(within ? [within.upTo, within.table, within.changedIn, within.id] : []),
  ];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws Fault INVALID_CHANGE_TOKEN when the text is nothing that toChangeToken has made */
export function parseChangeToken(token: string): ChangePosition {
  const parsed = FORM.safeParse(readJson(token));
  if (!parsed.success)
    throw new Fault('invalid_argument', 'INVALID_CHANGE_TOKEN', 'token is not one of this feed');
  const [identity, after, upTo, table, changedIn, id] = parsed.data;
  const inWindow = upTo !== undefined && table !== undefined && changedIn !== undefined && id !== undefined;
  return { identity, after, within: inWindow ? { upTo, table, changedIn, id } : undefined };
}

function readJson(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}
