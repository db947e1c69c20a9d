import type { FeedScript } from './feed-script.js';

/**
 * Keeps a feed from sending a message, all of them by default, until the returned function is called.
 *
 * @param from the first message of a stream that is held
 */
export function holdFeed(feed: Pick<FeedScript<unknown>, 'beforeMessage' | 'flow'>, from = -1): () => void {
  const released = new AbortController();
  const held = new Promise<void>((resolve) => {
    released.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  feed.beforeMessage((message) => (message >= from ? held : undefined));
  return () => {
    feed.flow();
    released.abort();
  };
}
