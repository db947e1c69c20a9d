/** An error whose message says all that its reader needs; the command line shows it without a stack. */
export class PlainError extends Error {
  override readonly name: string = 'PlainError';
}

/** What really happened: fetch says it one level down. */
export function toPlainCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause : error;
}
