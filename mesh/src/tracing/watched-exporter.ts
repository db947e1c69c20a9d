import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../log.js';

/** A receiver that stays away is complained of this often, in milliseconds. */
const COMPLAIN_EVERY_MS = 60_000;

/**
 * The exporter, with a word in the log when spans are not taken: OpenTelemetry itself tells nobody unless a logger is
 * set for the whole process.
 */
export function createWatchedExporter(exporter: SpanExporter, log: Logger): SpanExporter {
  let complainedAt = Number.NEGATIVE_INFINITY;
  let lost = 0;

  function note(spans: number, error: Error | undefined): void {
    if (error === undefined) {
      if (lost > 0) log.info({ lost }, 'spans are taken again');
      lost = 0;
      complainedAt = Number.NEGATIVE_INFINITY;
      return;
    }
    lost += spans;
    const now = performance.now();
    if (now - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = now;
    // Not the error whole: it may carry what the receiver said, which is nobody's business here.
    log.warn({ lost, error: error.message }, 'spans are not taken; requests go on without');
  }

  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        note(spans.length, failed ? (result.error ?? new Error('no reason was given')) : undefined);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
