/** An error whose message says all that its reader needs; the command line shows it without a stack. */
export class PlainError extends Error {
  override readonly name: string = 'PlainError';
}
