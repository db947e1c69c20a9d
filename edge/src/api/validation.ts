import type { z } from 'zod';
import { Refusal } from '../domain/refusal.js';
import { MISSING } from './fields.js';

/**
 * Reads the parts of a path.
 *
 * @throws Refusal NOTHING_HERE when one doesn't fit: an address that can't be is an address that isn't
 */
export function parseParams<T>(schema: z.ZodType<T>, params: unknown): T {
  const read = schema.safeParse(params);
  if (!read.success) throw new Refusal('NOTHING_HERE');
  return read.data;
}

/**
 * Reads a query or a body.
 *
 * @param missing what to say when a field is missing
 * @throws Refusal FIELD_MISSING or FIELD_MALFORMED, naming the field, never its value
 */
export function parseFields<T>(schema: z.ZodType<T>, fields: unknown, missing: string | undefined): T {
  const read = schema.safeParse(fields);
  if (read.success) return read.data;
  const { issues } = read.error;
  const gone = issues.find((issue) => issue.message === MISSING);
  if (gone) throw new Refusal('FIELD_MISSING', missing ?? `${nameField(gone)} is missing`);
  const [first] = issues;
  throw new Refusal('FIELD_MALFORMED', first && describe(first));
}

function describe(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? 'The body must be a JSON object' : `${nameField(issue)} ${issue.message}`;
}

function nameField(issue: z.core.$ZodIssue): string {
  return issue.path.map(String).join('.');
}
