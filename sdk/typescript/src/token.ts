import { Code } from '@connectrpc/connect';
import { type Call, checkWanted, toFlightError } from './call.js';
import { failureOf } from './failure.js';
import { FlightError } from './flight-error.js';
import { untilOver } from './until-over.js';

/**
 * An access token, or what gives one: asked before every call, so that it can renew a token in time. The signal aborts when the
 * call's deadline passes, its caller leaves, or the client is closed; the call ends then, whether the function heeds it or not.
 * A FlightError that the function throws is the call's; whatever else it throws is the cause of an UNAUTHENTICATED one.
 */
export type TokenSource = string | TokenFunction;

type TokenFunction = (signal: AbortSignal) => string | Promise<string>;

/** What a header can bear. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** The value of the `authorization` metadata; undefined without a token. @throws FlightError, which never shows the token */
export async function toAuthorization(
  token: TokenSource | undefined,
  call: Call,
): Promise<string | undefined> {
  if (token === undefined) return undefined;
  const value: unknown = typeof token === 'function' ? await ask(token, call) : token;
  if (typeof value !== 'string') throw unauthenticated(`A token is a string, not ${typeof value}`, call);
  if (!PRINTABLE_ASCII.test(value))
    throw unauthenticated('The token has characters that a header can’t bear, such as a newline', call);
  return `Bearer ${value}`;
}

function ask(give: TokenFunction, call: Call): Promise<string> {
  return untilOver(call, async (over) => {
    try {
      return await Promise.race([give(over), whenAborted(over)]);
    } catch (cause) {
      checkWanted(call);
      if (over.aborted)
        throw toFlightError(failureOf(Code.DeadlineExceeded, 'The token did not come in time', cause), call);
      if (cause instanceof FlightError) throw cause;
      throw unauthenticated('The function that gives the token failed', call, cause);
    }
  });
}

/** Rejects when the signal aborts. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function unauthenticated(message: string, call: Call, cause?: unknown): FlightError {
  return toFlightError(failureOf(Code.Unauthenticated, message, cause), call);
}
