import { endNode } from '../processes/end-node.js';
import { listNodeProcesses, signalAll, toPids } from '../processes/node-processes.js';
import type { Supervised } from '../processes/supervise.js';
import { createDatabase, type DatabaseOwner } from './create-database.js';
import type { PreparedPatroniNode } from './patroni-node.js';
import type { PatroniMember } from './patroni-rest.js';
import { type PatroniViewParts, toPatroniView } from './patroni-view.js';
import type { PostgresFacts } from './postgres-server.js';

/** One node of a Patroni cluster as it is now. */
export interface PatroniNode {
  /** Its name in the cluster: `user_db_1`. In Consul it is `<scope>/<id>`. */
  readonly id: string;
  readonly pgPort: number;
  /** Base URL of Patroni's REST API. */
  readonly restUrl: string;
  /** The superuser's way to this node's PostgreSQL, be it primary or standby. */
  readonly facts: PostgresFacts;
  /** Absent while Patroni is down. */
  readonly patroniPid: number | undefined;
  /** The PostgreSQL server's main process; undefined while there is none. Looked up in /proc at once. */
  postmasterPid(): number | undefined;
}

/** Three nodes of one scope, and what can be done to them. All processes end with the launcher, however it ends. */
export interface PatroniCluster {
  /** The cluster's name, in Patroni and in Consul. */
  readonly scope: string;
  readonly nodes: readonly PatroniNode[];
  /** The node that holds the leader's lock and takes writes now. @throws Error when there is none */
  primary(): Promise<PatroniNode>;
  /** As the cluster itself sees its nodes. @throws Error when no node answers */
  members(): Promise<readonly PatroniMember[]>;
  /**
   * Resolves when one node leads and all others are synchronous standbys (when the cluster is one of those), all on its timeline.
   * Default 60 s. @throws PlainError saying what is missing
   */
  untilHealthy(timeoutMs?: number): Promise<void>;
  /**
   * Has another node (or this one) take over in an orderly way; resolves when it leads. Answers the new primary.
   * @throws Error with Patroni's words when it refuses, as it does without a healthy synchronous standby
   */
  switchover(to?: string): Promise<PatroniNode>;
  /**
   * `postmaster`: signals PostgreSQL's main process alone; Patroni notices. `node`: Patroni, PostgreSQL and all their children at
   * once, as if the machine were gone; the node stays away until `start`. SIGKILL by default; for a `node` it is always SIGKILL.
   * @throws Error when there is no such process
   */
  kill(id: string, what: 'postmaster' | 'node', signal?: NodeJS.Signals): Promise<void>;
  /** Stops every process of a node where it is (SIGSTOP), Patroni included: a machine that hangs. */
  freeze(id: string): void;
  /** Lets a frozen node go on. */
  thaw(id: string): void;
  /** Stops a node in an orderly way (SIGTERM to Patroni, which stops its PostgreSQL); a leader hands over. */
  stop(id: string): Promise<void>;
  /** Starts a node that was killed or stopped; resolves when Patroni's process is there. `untilHealthy` waits for the rest. */
  start(id: string): Promise<void>;
  /** Creates the database and its owner on the primary; sets the password again when they are there. */
  createDatabase(owner: DatabaseOwner): Promise<void>;
}

interface SupervisedNode {
  readonly prepared: PreparedPatroniNode;
  readonly supervised: Supervised;
}

export interface PatroniClusterParts extends Omit<PatroniViewParts, 'nodes'> {
  readonly nodes: readonly SupervisedNode[];
}

/** The handle on a cluster whose nodes somebody has prepared and supervises. */
export function toPatroniCluster({ nodes, ...parts }: PatroniClusterParts): PatroniCluster {
  const { scope } = parts;
  /** What was frozen, since a child whose parent is killed meanwhile is found by nothing any more. */
  const frozen = new Map<string, readonly number[]>();
  const view = toPatroniView({ ...parts, nodes: nodes.map(({ prepared }) => prepared) });
  const faces = new Map(nodes.map((node) => [node.prepared.id, toNode(node)]));
  const getNode = (id: string) =>
    get(
      nodes.find(({ prepared }) => prepared.id === id),
      scope,
      id,
    );
  const toFace = ({ id }: PreparedPatroniNode) => get(faces.get(id), scope, id);

  const thaw = (id: string) => {
    signalAll(
      [...(frozen.get(id) ?? []), ...toPids(listNodeProcesses(getNode(id).prepared.marks))],
      'SIGCONT',
    );
    frozen.delete(id);
  };

  return {
    scope,
    nodes: [...faces.values()],
    primary: async () => toFace(await view.getPrimary()),
    members: view.members,
    untilHealthy: (timeoutMs) => view.untilHealthy(timeoutMs),
    switchover: async (to) => toFace(await view.switchover(to)),
    kill: async (id, what, signal = 'SIGKILL') => {
      const { prepared, supervised } = getNode(id);
      const found = listNodeProcesses(prepared.marks);
      if (what === 'postmaster') {
        if (found.postmaster === undefined) throw new Error(`${id} has no PostgreSQL running`);
        return signalAll([found.postmaster], signal);
      }
      const gone = supervised.kill();
      signalAll([...toPids(found), ...(frozen.get(id) ?? [])], 'SIGKILL');
      frozen.delete(id);
      await gone;
      // What Patroni had begun to start when it was killed.
      await endNode(prepared.marks, 0);
    },
    freeze: (id) => {
      const { marks } = getNode(id).prepared;
      const pids = new Set<number>(frozen.get(id));
      // Twice: what was forked while the first were being stopped is found by the second look.
      for (let look = 1; look <= 2; look += 1) {
        const found = toPids(listNodeProcesses(marks));
        signalAll(found, 'SIGSTOP');
        for (const pid of found) pids.add(pid);
      }
      frozen.set(id, [...pids]);
    },
    thaw,
    stop: async (id) => {
      thaw(id);
      await getNode(id).supervised.stop();
    },
    start: (id) => getNode(id).supervised.start(),
    createDatabase: async (owner) => createDatabase((await view.getPrimary()).facts, owner),
  };
}

function get<T>(found: T | undefined, scope: string, id: string): T {
  if (found === undefined) throw new Error(`${scope} has no node called ${id}`);
  return found;
}

function toNode({ prepared, supervised }: SupervisedNode): PatroniNode {
  const { id, facts, restUrl, marks } = prepared;
  return {
    id,
    pgPort: facts.port,
    restUrl,
    facts,
    get patroniPid() {
      return supervised.pid;
    },
    postmasterPid: () => listNodeProcesses(marks).postmaster,
  };
}
