import { z } from 'zod';

/** Which traces are recorded, in the standard's words. */
export type SamplerName = z.output<typeof samplerName>;

/** Where traces go, and which. */
export interface TracingConfig {
  /** Where spans are posted to: `http://localhost:4318/v1/traces`. */
  readonly url: string;
  /** The name that the process goes by in traces; undefined for the one in Consul. */
  readonly serviceName: string | undefined;
  readonly sampler: SamplerName;
  /** The part of all traces that a ratio sampler records, from 0 to 1. */
  readonly ratio: number;
  /** How long a span may wait for others before all are sent, in milliseconds. */
  readonly delayMs: number;
}

const samplerName = z.enum([
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
]);

const endpoint = z.url({ protocol: /^https?$/ }).optional();

/**
 * The variables behind TracingConfig, by their standard names. The exporter itself reads the rest of
 * `OTEL_EXPORTER_OTLP_*`: headers, which may be secret, certificates, time-out and compression.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const tracingEnv = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_TRACES_SAMPLER: samplerName.default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number().int().min(1).max(60_000).default(5000),
} as const;

/** @returns undefined when no endpoint is configured: nothing is traced then */
export function toTracingConfig(values: z.output<z.ZodObject<typeof tracingEnv>>): TracingConfig | undefined {
  const url = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesUrl(values.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (url === undefined || values.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  return {
    url,
    serviceName: values.OTEL_SERVICE_NAME,
    sampler: values.OTEL_TRACES_SAMPLER,
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
    delayMs: values.OTEL_BSP_SCHEDULE_DELAY,
  };
}

function tracesUrl(base: string | undefined): string | undefined {
  return base && `${base.replace(/\/+$/, '')}/v1/traces`;
}
