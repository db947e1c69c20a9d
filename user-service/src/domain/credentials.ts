import { invalidField } from './invalid-field.js';
import type { PolicyRules } from './policy.js';
import { isShorterThan, requireText, type TextField } from './text-field.js';

/** A name and the password that proves it. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const USERNAME: TextField = { name: 'username', label: 'Username', maxLength: 80 };
const PASSWORD: TextField = { name: 'password', label: 'Password', maxLength: 256 };
const OUTER_BLANKS = /^\s|\s$/u;

/**
 * Parses a name and a password to sign in with. Rules for new passwords don't apply: an account that was made before
 * they did can still be signed in to.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseCredentials(fields: Credentials): Credentials {
  for (const field of ['username', 'password'] as const) {
    if (fields[field] === '') throw invalidField(field, 'Missing username or password');
  }
  return { username: requireText(USERNAME, fields.username), password: parsePassword(fields.password) };
}

/**
 * Parses a new username: kept as it was written. Outer blanks are refused rather than cut off, because nobody could
 * see them in the name that is then asked for.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseNewUsername(text: string): string {
  const username = requireText(USERNAME, text);
  if (OUTER_BLANKS.test(username))
    throw invalidField('username', 'Username must not begin or end with a blank');
  return username;
}

/** @throws Fault INVALID_FIELD */
export function parseNewPassword(text: string, rules: PolicyRules): string {
  const password = parsePassword(text);
  if (isShorterThan(password, rules.passwordMinLength)) {
    throw invalidField('password', `Password must be at least ${rules.passwordMinLength} characters long`);
  }
  if (rules.isCommonPassword(password)) {
    throw invalidField('password', 'Password is too common: choose one that is harder to guess');
  }
  return password;
}

/** Normalised as RFC 8265 (OpaqueString) says, so that a password is the same whichever keyboard it is typed on. */
function parsePassword(text: string): string {
  return requireText(PASSWORD, requireText(PASSWORD, text).normalize('NFC'));
}
