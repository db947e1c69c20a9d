import { type ConsulConfig, processEnv, readEnv } from '@flight/mesh';
import { EtlMode } from '@flight/proto/etl';
import { z } from 'zod';

/** What whoever asks for a run is told. */
export interface AskConfig {
  readonly consul: ConsulConfig;
  readonly serviceSecret: string;
  readonly mode: EtlMode;
}

const MODES = { incremental: EtlMode.INCREMENTAL, rebuild: EtlMode.REBUILD, audit: EtlMode.AUDIT } as const;

const ENV = {
  CONSUL_URL: processEnv.CONSUL_URL,
  CONSUL_TOKEN: processEnv.CONSUL_TOKEN,
  SERVICE_SECRET: z.string().min(32, 'expected 32 or more characters'),
  MODE: z
    .enum(['incremental', 'rebuild', 'audit'], 'expected incremental, rebuild or audit')
    .default('incremental'),
} as const;

/** @throws ConfigError naming every variable that is missing or wrong */
export function readAskConfig(env: NodeJS.ProcessEnv): AskConfig {
  const values = readEnv(env, ENV);
  return {
    consul: { url: values.CONSUL_URL, token: values.CONSUL_TOKEN },
    serviceSecret: values.SERVICE_SECRET,
    mode: MODES[values.MODE],
  };
}
