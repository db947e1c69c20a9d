import { join } from 'node:path';
import { describeRole } from '../servers/patroni-rest.js';
import { toReaderSecret } from '../stack/owned-database.js';
import type { Stack, StackDatabase } from '../stack/running-stack.js';
import { formatTable } from './text-table.js';

/** Where everything of a running stack is, and what to try first. */
export async function describeStack(stack: Stack): Promise<string> {
  const edge = toLocalhost(stack.edgeUrl);
  const rows = [
    ['what', 'where', 'metrics'],
    ['REST and WebSocket', edge, `${edge}/metrics`],
    ['API docs', `${edge}/docs`],
    ['Consul UI', `${toLocalhost(stack.consulUrl)}/ui`],
    ...stack.pages.map(({ title, url }) => [title, toLocalhost(url)]),
    ...(await listDatabases(stack)),
    ...(stack.redisMode === 'cluster' ? [['Redis Cluster', toPorts(stack.redisNodes)]] : []),
    ...stack.instances
      .filter(({ httpUrl }) => httpUrl !== stack.edgeUrl)
      .map(({ id, grpcAddress, httpUrl, adminUrl }) => [
        id,
        grpcAddress === undefined ? (httpUrl ?? '') : `${grpcAddress} (gRPC)`,
        `${adminUrl}/metrics`,
      ]),
    ['logs', join(stack.dataDir, 'logs')],
  ];
  const search = `${edge}/api/flight/search-flights?from=Chisinau&to=London`;
  const questions = await Promise.all(stack.databases.map((database) => describeReader(stack, database)));
  return [`${formatTable(rows)}\n`, `try: curl ${edge}/seed; curl '${search}'`, ...questions.flat()].join(
    '\n',
  );
}

/** How a database's reader signs in, as a command that finds the password by itself. */
async function describeReader(
  { dataDir, findPrimary }: Stack,
  { service, name, reader }: StackDatabase,
): Promise<string[]> {
  if (!reader) return [];
  const { host, port } = await findPrimary(service);
  const secret = `require("${join(dataDir, 'secrets.json')}")["${toReaderSecret(service, reader.user)}"]`;
  return [
    `ask the ${service}: PGPASSWORD=$(node -p '${secret}') psql -h ${host} -p ${port} -U ${reader.user} ${name}`,
  ];
}

/** One row for each server of a database that has several: what it is at the moment, and its REST API. */
async function listDatabases(stack: Stack): Promise<string[][]> {
  const replicated = stack.databases.filter(({ servers }) => servers.length > 1);
  const rows = replicated.map(async ({ service }) => {
    const cluster = stack.patroni(service);
    const members = await cluster.members();
    return cluster.nodes.map(({ id, pgPort, restUrl }) => {
      const role = members.find(({ name }) => name === id)?.role;
      const what = role === undefined ? 'not in the cluster' : describeRole(role);
      return [id, `127.0.0.1:${pgPort} (${what})`, `${restUrl}/metrics`];
    });
  });
  return (await Promise.all(rows)).flat();
}

/** `127.0.0.1:7000,7001,7002` for nodes that differ by their ports alone. */
function toPorts(nodes: string): string {
  const [first = '', ...others] = nodes.split(',');
  return [first, ...others.map((node) => node.split(':')[1] ?? node)].join(',');
}

function toLocalhost(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
