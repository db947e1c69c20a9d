import { toProblem } from '../domain/problem.js';
import { toProblemDetails, wantsProblemDetails } from './problem-details.js';

/** A refusal as it goes over the wire. */
export interface RefusalAnswer {
  readonly status: number;
  /** Stable, for the log. */
  readonly reason: string;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Why there is no answer: a message, or RFC 9457's problem details where the client asks for them.
 *
 * @param accept the request's header
 */
export function toRefusalAnswer(error: unknown, accept: string | undefined): RefusalAnswer {
  const problem = toProblem(error);
  const { status, reason, message, retryAfterMs } = problem;
  const headers = {
    ...(retryAfterMs !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...(status === 401 && { 'WWW-Authenticate': toChallenge(reason, message) }),
  };
  return wantsProblemDetails(accept)
    ? {
        status,
        reason,
        type: 'application/problem+json',
        text: JSON.stringify(toProblemDetails(problem)),
        headers,
      }
    : { status, reason, type: 'application/json', text: JSON.stringify({ message }), headers };
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function toChallenge(reason: string, message: string): string {
  const refused = reason === 'TOKEN_INVALID' || reason === 'TOKEN_EXPIRED';
  return refused ? `Bearer error="invalid_token", error_description="${message}"` : 'Bearer';
}
