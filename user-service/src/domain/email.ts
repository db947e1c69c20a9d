import { invalidField } from './invalid-field.js';
import { requireText, type TextField } from './text-field.js';

const EMAIL: TextField = { name: 'email', label: 'Email', maxLength: 120 };

/**
 * What browsers accept in an e-mail field: a plain address, no display name, no comments, no quotes.
 *
 * @see https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
 */
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const PLAIN_ADDRESS = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]+@${LABEL}(?:\\.${LABEL})*$`);

/**
 * Parses a plain e-mail address. Its length is checked first, so the time is bounded whatever is sent.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseEmail(text: string): string {
  const email = requireText(EMAIL, text);
  if (!PLAIN_ADDRESS.test(email))
    throw invalidField('email', 'Email must be a plain address such as name@example.com');
  return email;
}
