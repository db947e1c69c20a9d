import { Fault } from '@flight/mesh';
import { EtlMode } from '@flight/proto/etl';
import type { Reason } from '@flight/proto/reason';
import type { Mode } from '../domain/run.js';

const PAGE_SIZE_MAX = 1000;
const PAGE_SIZE_DEFAULT = 100;
const REQUEST_ID = /^[\x21-\x7e]{1,255}$/;

const MODE: Readonly<Record<EtlMode, Mode | undefined>> = {
  [EtlMode.UNSPECIFIED]: 'INCREMENTAL',
  [EtlMode.INCREMENTAL]: 'INCREMENTAL',
  [EtlMode.REBUILD]: 'REBUILD',
  [EtlMode.AUDIT]: 'AUDIT',
  [EtlMode.UNRECOGNIZED]: undefined,
};

export function parseMode(value: EtlMode): Mode {
  const mode = MODE[value];
  if (mode === undefined) throw invalidField('mode', 'mode is not known');
  return mode;
}

/** Made up when empty: then no repeat is recognised. */
export function parseRequestId(value: string): string {
  if (value === '') return crypto.randomUUID();
  if (REQUEST_ID.test(value)) return value;
  throw invalidField('request_id', 'request_id must be 1 to 255 visible ASCII characters');
}

export function parseId(value: number): number {
  if (value >= 1) return value;
  throw invalidField('id', value === 0 ? 'id is missing' : 'id must be 1 or more');
}

export function parsePageSize(value: number): number {
  if (value === 0) return PAGE_SIZE_DEFAULT;
  if (value >= 1 && value <= PAGE_SIZE_MAX) return value;
  throw invalidField('page_size', `page_size must be 1 to ${PAGE_SIZE_MAX}`);
}

function invalidField(field: string, message: string): Fault<Reason> {
  return new Fault<Reason>('invalid_argument', 'INVALID_FIELD', message, { field });
}
