import { join } from 'node:path';
import type { Stack } from '../stack/running-stack.js';
import { formatTable } from './text-table.js';

/** Where everything of a running stack is, and what to try first. */
export function describeStack(stack: Stack): string {
  const edge = toLocalhost(stack.edgeUrl);
  const rows = [
    ['what', 'where', 'metrics'],
    ['REST and WebSocket', edge, `${edge}/metrics`],
    ['API docs', `${edge}/docs`],
    ['Consul UI', `${toLocalhost(stack.consulUrl)}/ui`],
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
  return `${formatTable(rows)}\n\ntry: curl ${edge}/seed; curl '${search}'`;
}

function toLocalhost(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
