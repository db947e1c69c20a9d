/**
 * Aborts a controller when a signal aborts, for the same reason; answers how to stop that. AbortSignal.any does not stop: it leaves
 * a little behind in a signal that outlives many calls.
 */
export function abortWith(controller: AbortController, signal: AbortSignal | undefined): () => void {
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}
