import { invalidField } from './invalid-field.js';

const VISIBLE_ASCII = /^[!-~]{1,255}$/;

/**
 * Parses the name of a request. Empty when the caller gave none.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseRequestId(text: string): string {
  if (text !== '' && !VISIBLE_ASCII.test(text)) {
    throw invalidField('request_id', 'Request id must be 1 to 255 visible ASCII characters');
  }
  return text;
}
