import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import { Refusal } from '../domain/refusal.js';

/** The largest body that is read, in bytes. */
export const BODY_LIMIT_BYTES = 64 * 1024;

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a body as JSON. No body at all reads as an empty object, so that the client is told which fields it lacks.
 *
 * @throws Refusal BODY_NOT_JSON, BODY_TOO_LARGE, BODY_MALFORMED, BODY_INCOMPLETE
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const { 'content-length': length, 'content-type': type, 'content-encoding': encoding } = request.headers;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(length ?? 0) > 0;
  if (!hasBody) return {};
  if (!JSON_TYPE.test(type ?? '') || (encoding ?? 'identity') !== 'identity')
    throw new Refusal('BODY_NOT_JSON');
  const bytes = await readBytes(request, length);
  try {
    return JSON.parse(UTF_8.decode(bytes));
  } catch {
    // What is wrong with it is not told: the parser's words quote the body.
    throw new Refusal('BODY_MALFORMED');
  }
}

async function readBytes(request: IncomingMessage, length: string | undefined): Promise<Buffer> {
  try {
    return await getRawBody(request, { limit: BODY_LIMIT_BYTES, length: length ?? null });
  } catch (error) {
    // The rest flows away unread while the refusal is sent, so that the client gets to see it.
    request.resume();
    const tooLarge = error instanceof Error && 'type' in error && error.type === 'entity.too.large';
    throw new Refusal(tooLarge ? 'BODY_TOO_LARGE' : 'BODY_INCOMPLETE');
  }
}
