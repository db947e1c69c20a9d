import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What local/ knows about the computer it runs on; the only place that reads the environment. */
export interface Machine {
  readonly environment: NodeJS.ProcessEnv;
  /** Root of this checkout, absolute. */
  readonly checkout: string;
  /** Fetched programs and the database template; shared by parallel runs, safe to delete when nothing runs. */
  readonly cache: string;
  /** True when the process is root, which PostgreSQL refuses to be. */
  readonly isRoot: boolean;
}

export function thisMachine(): Machine {
  const checkout = fileURLToPath(new URL('../../../', import.meta.url));
  return {
    environment: process.env,
    checkout,
    cache: join(checkout, '.cache'),
    isRoot: process.getuid?.() === 0,
  };
}
