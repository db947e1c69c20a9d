import { join, relative } from 'node:path';

/** What another terminal may ask of the launcher: one line of JSON. */
export type ControlRequest =
  | { readonly command: 'ping' }
  | { readonly command: 'roll'; readonly service: string };

/** What it hears: lines of JSON, the last one is `done` or `failed`. */
export type ControlAnswer =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly why: string };

/** @throws Error when the line is no request */
export function parseControlRequest(line: string): ControlRequest {
  const request: unknown = JSON.parse(line);
  if (typeof request === 'object' && request !== null && 'command' in request) {
    if (request.command === 'ping') return { command: 'ping' };
    if (request.command === 'roll' && 'service' in request && typeof request.service === 'string')
      return { command: 'roll', service: request.service };
  }
  throw new Error('that is no command of the launcher');
}

/**
 * Where the launcher of a data folder listens. The shorter of the two ways to say it, since the kernel takes no more than about
 * a hundred characters (unix(7), sun_path).
 */
export function toControlSocket(dataDir: string): string {
  const absolute = join(dataDir, 'control.sock');
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.length < absolute.length ? fromHere : absolute;
}
