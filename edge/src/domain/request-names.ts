import { Refusal } from './refusal.js';

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** The client's name for a request, if it is fit for logs and metadata: 1 to 128 visible ASCII characters. */
export function findRequestId(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= 128 && VISIBLE_ASCII.test(text) ? text : undefined;
}

/**
 * The client's own name for a mutation.
 *
 * @returns undefined when the client gave none
 * @throws Refusal IDEMPOTENCY_KEY_MALFORMED unless it is 1 to 255 visible ASCII characters
 */
export function parseIdempotencyKey(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length > 255 || !VISIBLE_ASCII.test(text)) throw new Refusal('IDEMPOTENCY_KEY_MALFORMED');
  return text;
}
