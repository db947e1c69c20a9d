/** A snapshot of PostgreSQL in its text form, `xmin:xmax:running,running`: what pg_current_snapshot() answers. */
export type Snapshot = string;

/** Nothing is visible in it: the numbers of transactions begin with 3. */
export const NOTHING: Snapshot = '3:3:';

const FORM = /^(\d{1,20}):(\d{1,20}):((?:\d{1,20}(?:,\d{1,20})*)?)$/;

export function isSnapshot(text: string): boolean {
  const parts = FORM.exec(text);
  if (parts === null) return false;
  const [xmin, xmax] = [toNumber(parts[1]), toNumber(parts[2])];
  const running = parts[3] === '' ? [] : (parts[3] ?? '').split(',').map(toNumber);
  // What PostgreSQL asks of the type itself, so that no token makes a statement fail.
  const inOrder = running.every(
    (xid, at) => xid >= xmin && xid < xmax && (at === 0 || xid > (running[at - 1] ?? 0n)),
  );
  return xmin >= 3n && xmin <= xmax && xmax < 2n ** 63n && inOrder;
}

/** The lowest number that was still running, or not yet given. */
export function xminOf(snapshot: Snapshot): string {
  return snapshot.slice(0, snapshot.indexOf(':'));
}

/** The lowest number that was not yet given. */
export function xmaxOf(snapshot: Snapshot): bigint {
  return toNumber(snapshot.split(':')[1]);
}

/**
 * What a snapshot looks like when one more transaction has come and gone since, and nothing else has happened. Undefined when
 * others got numbers between the two: once they are done, they look as if they had never been.
 */
export function afterOneMore(snapshot: Snapshot, xid: string): Snapshot | undefined {
  const [xmin = '', xmax = '', running = ''] = snapshot.split(':');
  if (xid !== xmax) return undefined;
  const next = String(BigInt(xid) + 1n);
  return running === '' ? `${next}:${next}:` : `${xmin}:${next}:${running}`;
}

function toNumber(text: string | undefined): bigint {
  return BigInt(text ?? '0');
}
