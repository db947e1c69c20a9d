import { parseNewPassword, parseNewUsername } from './credentials.js';
import { parseEmail } from './email.js';
import { invalidField } from './invalid-field.js';
import type { PolicyRules } from './policy.js';
import { parseRequestId } from './request-id.js';

/** What an account is asked for with. */
export interface Registration {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  /** Names the request. Empty when its repeats need not be recognised. */
  readonly requestId: string;
}

/**
 * Parses the wish for an account.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseRegistration(fields: Registration, rules: PolicyRules): Registration {
  for (const field of ['username', 'password', 'email'] as const) {
    if (fields[field] === '') throw invalidField(field, 'Missing username, password, or email');
  }
  return {
    username: parseNewUsername(fields.username),
    password: parseNewPassword(fields.password, rules),
    email: parseEmail(fields.email),
    requestId: parseRequestId(fields.requestId),
  };
}
