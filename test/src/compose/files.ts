import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

export const BASE = 'docker-compose.yml';
export const OWN = 'docker-compose.override.yml';
export const PRODUCTION = 'docker-compose.production.yml';

/** Our own services, which share a Dockerfile. */
export const OURS = ['user-service', 'booking-service', 'etl-service', 'edge'];
export const DOCKERFILES = ['deploy/node/Dockerfile', 'deploy/patroni/Dockerfile'];

/** What a container's environment is read by, where it is not by our own code. */
export const SCRIPTS = {
  patroni: ['deploy/patroni/start.sh', 'deploy/patroni/create-database.sh'],
  warehouse: [
    'deploy/warehouse/start.sh',
    'deploy/warehouse/make-warehouse.sh',
    'deploy/patroni/create-database.sh',
  ],
  redis: ['deploy/redis/start.sh'],
  redisCluster: ['deploy/redis/form-cluster.sh'],
} as const;
export const MAKE_SECRETS = 'deploy/secrets/make-secrets.sh';
export const ROLL = 'deploy/roll.sh';

/** Files that containers read and that name other containers. */
export const ADDRESS_BOOKS = [
  'deploy/consul/containers.hcl',
  'deploy/haproxy/haproxy.cfg',
  'deploy/prometheus/prometheus.yml',
  'deploy/grafana/provisioning/datasources/prometheus.yml',
];

/** The text of a file of the checkout. */
export function readText(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8');
}
