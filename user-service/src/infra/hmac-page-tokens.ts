import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PageTokens } from '../domain/page.js';
import { deriveKey } from './derived-key.js';

/** Long enough that nobody guesses one; a place in a list guards no secret. */
const MAC_BYTES = 16;

/** Makes page tokens that every instance with the same secret can read: base64url of a MAC and the place. */
export function createPageTokens(secret: string): PageTokens {
  const key = deriveKey(secret, 'page-token/1');

  function macOf(query: string, place: string): Buffer {
    return createHmac('sha256', key)
      .update(JSON.stringify([query, place]))
      .digest()
      .subarray(0, MAC_BYTES);
  }

  return {
    seal: (query, place) => Buffer.concat([macOf(query, place), Buffer.from(place)]).toString('base64url'),
    open(query, token) {
      const bytes = Buffer.from(token, 'base64url');
      // Node reads past what is not base64url; a token of ours reads back the same.
      if (bytes.length < MAC_BYTES || bytes.toString('base64url') !== token) return undefined;
      const place = bytes.subarray(MAC_BYTES).toString();
      return timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(query, place)) ? place : undefined;
    },
  };
}
