/** What package managers say when the network failed them, or whoever answers there. */
const NETWORK =
  /ECONN|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EPIPE|ERR_SOCKET|socket hang up|timed? ?out|connection (reset|refused|broken|aborted)|no such host|name resolution|unexpected EOF|IncompleteRead|\b(429|50[0234])\b/i;

const TRIES = 3;

/**
 * Does what installs from a registry, and does it again when the network fails: its bad moments say nothing of our packages.
 *
 * @throws what the last try threw
 */
export async function tryAgain<T>(install: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await install();
    } catch (error) {
      if (tries === TRIES || !isOfNetwork(error)) throw error;
      console.error(`tried again: ${error}`);
    }
  }
}

/** A command's error has its last words; the cause of it has all of them, and whether it took too long. */
function isOfNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const wasKilled = 'killed' in error && error.killed === true;
  return wasKilled || NETWORK.test(error.message) || isOfNetwork(error.cause);
}
