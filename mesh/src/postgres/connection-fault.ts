import { DatabaseError } from 'pg';
import { Fault } from '../fault.js';

/**
 * SQLSTATEs and classes that say that the server is going, gone, full, or no longer the primary: nothing about the
 * statement, so that another moment or another server may answer it.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE = /^(08...|57P0[1-5]|53...|25006|58...)$/;

/** When to come back, in milliseconds. */
const RETRY_AFTER_MS = 1000;

/** The fault of a database that can't be reached. Its message names no host, no user and no table. */
export function databaseUnavailable(cause?: unknown): Fault {
  const message = 'The service is temporarily unavailable; try again shortly';
  return new Fault(
    'unavailable',
    'DATABASE_UNAVAILABLE',
    message,
    {},
    { retryAfterMs: RETRY_AFTER_MS, cause },
  );
}

/**
 * Translates trouble with the connection into a fault and leaves the database's answers to a statement (a violated
 * constraint, say) as pg's DatabaseError, for the store that sent the statement and knows what it means.
 */
export function toConnectionFault(error: unknown): unknown {
  if (error instanceof Fault) return error;
  if (error instanceof DatabaseError)
    return UNAVAILABLE.test(error.code ?? '') ? databaseUnavailable(error) : error;
  return isConnectionTrouble(error) ? databaseUnavailable(error) : error;
}

/** pg reports a broken socket as Node's error with a code, or as a bare Error with one of these texts. */
function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && /^(E[A-Z]+)$/.test(error.code)) return true;
  return /connection (terminated|timeout|ended)|timeout exceeded when trying to connect|not queryable/i.test(
    error.message,
  );
}
