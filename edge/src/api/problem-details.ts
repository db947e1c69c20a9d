import { z } from 'zod';
import type { Problem } from '../domain/problem.js';

/** A refusal as RFC 9457 writes it. */
export const ProblemDetails = z.strictObject({
  type: z.string().meta({ description: 'Names the kind of problem: a URN that ends in its reason.' }),
  title: z.string().meta({ description: 'The kind of problem, for people.' }),
  status: z.int().meta({ description: "The answer's status." }),
  detail: z.string().meta({ description: 'This problem, for people.' }),
  reason: z.string().meta({ description: 'The kind of problem, for programs. Stable.' }),
});

/** A refusal in the usual form. */
export const Message = z.strictObject({
  message: z.string().meta({ description: 'What went wrong, for people.' }),
});

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
export function toProblemDetails({ status, reason, message }: Problem): z.output<typeof ProblemDetails> {
  const words = reason.toLowerCase().replaceAll('_', ' ');
  return {
    type: `urn:flight-booking:problem:${reason.toLowerCase().replaceAll('_', '-')}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    status,
    detail: message,
    reason,
  };
}

/** Whether a client names problem details among what it accepts. A wildcard is not enough: JSON is the usual form. */
export function wantsProblemDetails(accept: string | undefined): boolean {
  if (!accept?.toLowerCase().includes('application/problem+json')) return false;
  return accept.split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'application/problem+json' && !parameters.some((part) => /^q=0(?:\.0*)?$/.test(part));
  });
}
