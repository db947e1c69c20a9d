import { z } from 'zod';

/** The message of an issue that means: not there, or empty. */
export const MISSING = 'is missing';

const LONE_SURROGATE = /\p{Surrogate}/u;

export interface TextLimits {
  /** In characters (code points). */
  readonly max: number;
  readonly description: string;
  readonly example: string;
  /** Whether blanks alone count as nothing. */
  readonly blankIsMissing?: boolean;
}

/**
 * A text that can be sent on and stored: not empty, not too long, well-formed Unicode, without NUL. What it means is for
 * the service to judge.
 */
export function text({ max, description, example, blankIsMissing = false }: TextLimits) {
  return z
    .string({ error: ({ input }) => explainNoText(input) })
    .check(({ value, issues }) => {
      const message = findTextFault(value, max, blankIsMissing);
      if (message !== undefined) issues.push({ code: 'custom', input: value, message });
    })
    .meta({ description, examples: [example], minLength: 1, maxLength: max });
}

/** An identifier in a path: a whole number from 1 up. */
export function pathId(description: string) {
  return z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .refine((id) => id >= 1 && Number.isSafeInteger(id))
    .meta({ description, type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1] });
}

/** Where a list goes on: from the Link header of its last answer. */
export const pageToken = text({
  max: 1000,
  description: 'Where the list goes on, from the `Link` header of the last answer. Not needed for its start.',
  example: 'eyJhZnRlciI6IkZMMDAxIn0',
}).optional();

function explainNoText(input: unknown): string {
  if (input === undefined || input === null) return MISSING;
  return Array.isArray(input) ? 'must be one text, not several' : 'must be a text';
}

function findTextFault(value: string, max: number, blankIsMissing: boolean): string | undefined {
  if (value === '' || (blankIsMissing && value.trim() === '')) return MISSING;
  // A character is one or two code units, so what is that short needs no counting.
  if (value.length > max && [...value].length > max) return `must be at most ${max} characters`;
  if (value.includes('\0')) return 'must not contain NUL';
  if (LONE_SURROGATE.test(value)) return 'must be well-formed Unicode';
  return undefined;
}
