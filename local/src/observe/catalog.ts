import { toPlainCause } from '../plain-error.js';

/** One instance as Consul has it. */
export interface CatalogEntry {
  readonly id: string;
  readonly service: string;
  /** `host:port` */
  readonly address: string;
  readonly version: string | undefined;
  /** What its checks say that don't pass; empty when it is healthy. */
  readonly complaints: readonly string[];
}

interface HealthEntry {
  readonly Service?: { ID?: string; Address?: string; Port?: number; Meta?: Record<string, string> | null };
  readonly Checks?: readonly { Status?: string; Name?: string; Output?: string }[];
}

/** How long Consul may take, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** Every instance of these services, healthy or not, or why Consul does not say. */
export async function readCatalog(
  consulUrl: string,
  services: readonly string[],
): Promise<readonly CatalogEntry[] | Error> {
  try {
    return (await Promise.all(services.map((service) => readService(consulUrl, service)))).flat();
  } catch (error) {
    return toPlainCause(error);
  }
}

/** The address of Consul's leader, empty when there is none. @throws Error when the agent does not answer */
export async function readLeader(consulUrl: string): Promise<string> {
  return String(await ask(`${consulUrl}/v1/status/leader`));
}

async function readService(consulUrl: string, service: string): Promise<CatalogEntry[]> {
  const answer = await ask(`${consulUrl}/v1/health/service/${service}`);
  if (!Array.isArray(answer)) throw new Error('Consul answers something that is no list');
  return answer.map((entry: HealthEntry) => toEntry(service, entry));
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`Consul answers ${response.status}`);
  return response.json();
}

function toEntry(service: string, { Service = {}, Checks = [] }: HealthEntry): CatalogEntry {
  const failing = Checks.filter(({ Status }) => Status !== 'passing');
  return {
    id: Service.ID ?? '?',
    service,
    address: `${Service.Address}:${Service.Port}`,
    version: Service.Meta?.version,
    complaints: failing.map(({ Status, Name, Output }) => `${Name} is ${Status}: ${toFirstLine(Output)}`),
  };
}

function toFirstLine(text = ''): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 160) || 'no output';
}
