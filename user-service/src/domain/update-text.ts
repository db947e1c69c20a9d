import { invalidField } from './invalid-field.js';
import { isLongerThan } from './text-field.js';

const MAX_LENGTH = 1000;
/** Halves of surrogate pairs. */
const BROKEN = /\p{Cs}/u;

/**
 * Parses the text of an update. It may have several lines; what can't be stored is refused: NUL and broken characters.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseUpdateText(text: string): string {
  if (text === '') throw invalidField('update', 'Flight code or update is missing');
  if (isLongerThan(text, MAX_LENGTH)) {
    throw invalidField('update', `Update must be at most ${MAX_LENGTH} characters long`);
  }
  if (text.includes('\0') || BROKEN.test(text)) {
    throw invalidField('update', 'Update must not contain NUL or broken characters');
  }
  return text;
}
