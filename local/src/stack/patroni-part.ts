import { endNode } from '../processes/end-node.js';
import { openNodeGuardian } from '../processes/node-guardian.js';
import { createDatabase } from '../servers/create-database.js';
import { choosePatroniPorts, preparePatroniNodes } from '../servers/open-patroni-cluster.js';
import type { PatroniPrograms } from '../servers/patroni-node.js';
import { type PatroniViewParts, toPatroniView } from '../servers/patroni-view.js';
import type { DatabaseHome, InfrastructurePart, OwnedDatabase, PlanOptions } from './infrastructure-plan.js';
import type { Secrets } from './secrets.js';

export interface PatroniPartOptions extends PlanOptions {
  readonly consulUrl: string;
  readonly programs: PatroniPrograms;
  readonly openSecrets: (names: readonly string[]) => Promise<Secrets>;
  /** The cluster is made for it and named like it. */
  readonly database: OwnedDatabase;
  /** How many clusters there are before this one. */
  readonly index: number;
}

export interface PreparedPatroniPart {
  /** The database's name in Consul. */
  readonly service: string;
  readonly part: InfrastructurePart;
  readonly home: DatabaseHome & { readonly patroni: PatroniViewParts };
}

const FIRST_PORT = 5432;
const FIRST_REST_PORT = 8008;
const NODES = 3;
/** A node that has to be copied anew takes longer than one that starts; the first start copies two. */
const SETTLE_TIMEOUT_MS = 90_000;
/** What the nodes get to close their files when the launcher is killed. */
const GRACE_MS = 10_000;

/** A Patroni cluster for one database, which it creates as soon as there is a primary with its standbys. */
export async function preparePatroniPart(options: PatroniPartOptions): Promise<PreparedPatroniPart> {
  const { machine, choosePort, database, index, durable } = options;
  const { service } = database;
  const kinds = ['superuser', 'replication', 'rewind', 'rest'] as const;
  const secrets = await options.openSecrets(kinds.map((kind) => `${service}-${kind}`));
  const passwords = {
    superuser: secrets(`${service}-superuser`),
    replication: secrets(`${service}-replication`),
    rewind: secrets(`${service}-rewind`),
    rest: secrets(`${service}-rest`),
  };
  const nodes = await preparePatroniNodes({
    scope: service,
    consulUrl: options.consulUrl,
    dataDir: options.serverDir,
    logDir: options.logDir,
    passwords,
    programs: options.programs,
    machine,
    durable,
    ports: await choosePatroniPorts(choosePort, {
      port: FIRST_PORT + index * NODES,
      restPort: FIRST_REST_PORT + index * NODES,
    }),
  });
  const patroni = { scope: service, synchronous: true, passwords, nodes };
  const view = toPatroniView(patroni);
  return {
    service,
    part: {
      servers: nodes,
      settle: async (signal) => {
        await view.untilHealthy(SETTLE_TIMEOUT_MS, signal);
        await createDatabase((await view.getPrimary()).facts, database);
      },
      guard: async () => {
        const marks = nodes.map((node) => node.marks);
        // Of a launcher that was killed a moment ago: two Patronis must not share a folder.
        await Promise.all(marks.map((node) => endNode(node, GRACE_MS)));
        const graceMs = durable ? GRACE_MS : 0;
        return openNodeGuardian(marks, { graceMs, path: machine.environment.PATH });
      },
    },
    home: {
      servers: nodes.map(({ id }) => id),
      findPrimary: async () => (await view.getPrimary()).facts,
      patroni,
    },
  };
}
