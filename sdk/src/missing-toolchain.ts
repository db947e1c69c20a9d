/** A language's package can't be built on this machine. The message is one plain line: what is missing, how to get it. */
export class MissingToolchain extends Error {
  override readonly name = 'MissingToolchain';
}
