import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A PostgreSQL database as Consul knows it: found by service name and the tag `primary`, checked by TCP. */
export interface DatabaseEntry {
  readonly service: string;
  readonly host: string;
  readonly port: number;
}

/** Makes the agent register these databases at every start, so that a restarted agent knows them again. */
export async function writeDatabaseDefinitions(
  configDir: string,
  databases: readonly DatabaseEntry[],
): Promise<void> {
  const services = databases.map(({ service, host, port }) => ({
    id: `${service}-1`,
    name: service,
    tags: ['primary'],
    address: host,
    port,
    check: {
      name: 'accepts connections',
      tcp: `${host}:${port}`,
      interval: '1s',
      timeout: '1s',
      status: 'passing',
    },
  }));
  await writeFile(join(configDir, 'databases.json'), `${JSON.stringify({ services }, null, 2)}\n`);
}

/**
 * Makes the agent register the REST API of each Patroni node as an instance of `patroni`, which serves /metrics too. The databases
 * themselves are registered by Patroni, with the role that they have at the time.
 */
export async function writePatroniDefinitions(
  configDir: string,
  nodes: readonly { readonly id: string; readonly restUrl: string }[],
): Promise<void> {
  const services = nodes.map(({ id, restUrl }) => {
    const { hostname, port } = new URL(restUrl);
    return {
      id,
      name: 'patroni',
      address: hostname,
      port: Number(port),
      meta: { admin_port: port },
      check: { name: 'is alive', http: `${restUrl}/liveness`, interval: '2s', timeout: '2s' },
    };
  });
  await writeFile(join(configDir, 'patroni.json'), `${JSON.stringify({ services }, null, 2)}\n`);
}

/** Registers one database with a running agent, for as long as that agent lives. */
export async function registerDatabase(consulUrl: string, database: DatabaseEntry): Promise<void> {
  const { service, host, port } = database;
  const response = await fetch(`${consulUrl}/v1/agent/service/register`, {
    method: 'PUT',
    body: JSON.stringify({
      ID: `${service}-1`,
      Name: service,
      Tags: ['primary'],
      Address: host,
      Port: port,
      Check: { Name: 'accepts connections', TCP: `${host}:${port}`, Interval: '1s', Status: 'passing' },
    }),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`Consul refused ${service}: ${response.status} ${await response.text()}`);
}
