import type { TracingConfig } from '../config/tracing-config.js';
import type { Logger } from '../log.js';
import type { Tracer } from './tracer.js';

/** Who traces. */
export interface TracerIdentity {
  readonly service: string;
  readonly instance: string;
  readonly version: string;
}

/**
 * Opens the tracer of a process; undefined when nothing is to be traced. OpenTelemetry is loaded only when it is
 * needed: some 200 modules that nobody else should wait for at start.
 */
export async function openTracer(
  config: TracingConfig | undefined,
  identity: TracerIdentity,
  log: Logger,
): Promise<Tracer | undefined> {
  if (config === undefined) return undefined;
  const { createOpenTelemetryTracer } = await import('./open-telemetry.js');
  return createOpenTelemetryTracer(config, identity, log);
}
