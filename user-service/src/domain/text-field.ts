import { invalidField } from './invalid-field.js';

/** Control characters (NUL, which PostgreSQL can't store, among them), line breaks, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What a text field is called, and how long it may be. */
export interface TextField {
  /** Name in the contract. */
  readonly name: string;
  /** Name in messages, such as Username. */
  readonly label: string;
  /** Longest text, in characters (code points). */
  readonly maxLength: number;
}

/**
 * Requires a text of one line that can be stored and shown.
 *
 * @throws Fault INVALID_FIELD
 */
export function requireText(field: TextField, text: string): string {
  if (isLongerThan(text, field.maxLength)) {
    throw invalidField(field.name, `${field.label} must be at most ${field.maxLength} characters long`);
  }
  if (UNPRINTABLE.test(text)) {
    throw invalidField(field.name, `${field.label} must not contain control characters`);
  }
  return text;
}

/** Whether a text has fewer characters (code points) than that. */
export function isShorterThan(text: string, minLength: number): boolean {
  return !isLongerThan(text, minLength - 1);
}

/** Whether a text has more characters (code points) than that. */
export function isLongerThan(text: string, maxLength: number): boolean {
  if (text.length <= maxLength) return false;
  // A code point takes at most two UTF-16 units, so a very long text need not be counted.
  return text.length > 2 * maxLength || Array.from(text).length > maxLength;
}
