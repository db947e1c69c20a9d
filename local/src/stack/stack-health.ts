import { toPlainCause } from '../plain-error.js';

/** What it takes to ask after an instance. */
export interface Patient {
  readonly id: string;
  /** Name in Consul. */
  readonly service: string;
  /** Present for HTTP services. */
  readonly httpUrl?: string;
}

/**
 * Why each of these instances is not healthy, by id; a healthy one is not in the answer. A gRPC service is healthy when all its
 * checks pass in Consul, an HTTP service when it answers /readyz with 200.
 */
export async function findAilments(
  consulUrl: string,
  instances: readonly Patient[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Set(
    instances.filter(({ httpUrl }) => httpUrl === undefined).map(({ service }) => service),
  );
  const passing = new Map<string, Set<string> | Error>();
  await Promise.all(
    [...names].map(async (name) => passing.set(name, await listPassing(consulUrl, name).catch(toPlainCause))),
  );
  const ailments = new Map<string, string>();
  for (const { id, service, httpUrl } of instances) {
    const ids = passing.get(service);
    if (httpUrl !== undefined) {
      const ailment = await findHttpAilment(httpUrl);
      if (ailment !== undefined) ailments.set(id, ailment);
    } else if (ids instanceof Error) ailments.set(id, `Consul does not answer: ${ids.message}`);
    else if (!ids?.has(id)) ailments.set(id, 'not passing in Consul');
  }
  return ailments;
}

/** The ids of a service's instances whose checks all pass, as Consul sees them. */
export async function listPassing(consulUrl: string, service: string): Promise<Set<string>> {
  const response = await fetch(`${consulUrl}/v1/health/service/${service}?passing`, {
    signal: AbortSignal.timeout(2_000),
  });
  if (!response.ok) throw new Error(`Consul answers ${response.status}`);
  const entries: unknown = await response.json();
  if (!Array.isArray(entries)) throw new Error('Consul answers something that is no list');
  return new Set(entries.map(toServiceId));
}

function toServiceId(entry: { Service?: { ID?: string } }): string {
  const id = entry.Service?.ID;
  if (id === undefined) throw new Error('Consul lists an instance without an id');
  return id;
}

/** Why this process does not answer /readyz with 200, or undefined. */
export async function findHttpAilment(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    return response.ok ? undefined : `answers ${response.status} to /readyz: ${body.slice(0, 200)}`;
  } catch (error) {
    return `does not answer: ${toPlainCause(error).message}`;
  }
}
