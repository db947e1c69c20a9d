import { waitUntil } from '../wait-until.js';
import { askRedis } from './ask-redis.js';

/** One node of a cluster on this machine. */
export interface ClusterNode {
  readonly id: string;
  readonly port: number;
  readonly busPort: number;
}

type Ask = (node: ClusterNode, command: string) => Promise<string>;

const SLOTS = 16_384;
const TIMEOUT_MS = 30_000;

/**
 * Makes a cluster of nodes that answer: the first half share the slots, the second half copy them. Waits until all of
 * that is so, also when it has been formed before.
 * @throws PlainError naming what is missing after half a minute; the signal's reason when it aborts
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/scaling/
 */
export async function formRedisCluster(
  nodes: readonly ClusterNode[],
  password: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ask: Ask = ({ port }, command) => askRedis(`127.0.0.1:${port}`, password, command);
  const wait = (obstacle: () => Promise<string | undefined>) =>
    waitUntil(obstacle, { what: 'the Redis Cluster', timeoutMs: TIMEOUT_MS, signal });
  if (!(await isFormed(nodes, ask))) {
    await shareSlots(nodes.slice(0, nodes.length / 2), ask);
    await introduce(nodes, ask);
    await wait(() => findFirst(nodes, (node) => findStranger(node, nodes.length, ask)));
    // On a busy machine a node may be refused that has not heard yet who is a master: it is asked again.
    await wait(() => pairUp(nodes, ask));
  }
  await wait(() => findFirst(nodes, (node) => findObstacle(node, nodes.length, ask)));
}

/** Whether the slots are shared out and every node is known: then the nodes find together by themselves. */
async function isFormed([first, ...others]: readonly ClusterNode[], ask: Ask): Promise<boolean> {
  if (first === undefined) throw new Error('a cluster needs nodes');
  const info = await ask(first, 'CLUSTER INFO');
  return (
    readField(info, 'cluster_slots_assigned') === String(SLOTS) &&
    readField(info, 'cluster_known_nodes') === String(others.length + 1) &&
    readField(info, 'cluster_size') === String((others.length + 1) / 2)
  );
}

async function shareSlots(masters: readonly ClusterNode[], ask: Ask): Promise<void> {
  for (const [i, master] of masters.entries()) {
    const from = Math.floor((i * SLOTS) / masters.length);
    const to = Math.floor(((i + 1) * SLOTS) / masters.length) - 1;
    // Somebody may have been stopped in the middle of forming it.
    if ((await ask(master, 'CLUSTER NODES')).includes(`${from}-${to}`)) continue;
    await ask(master, `CLUSTER ADDSLOTSRANGE ${from} ${to}`);
  }
}

/** One introduces the others to itself; gossip does the rest. */
async function introduce([first, ...others]: readonly ClusterNode[], ask: Ask): Promise<void> {
  if (first === undefined) return;
  for (const { port, busPort } of others) await ask(first, `CLUSTER MEET 127.0.0.1 ${port} ${busPort}`);
}

async function pairUp(nodes: readonly ClusterNode[], ask: Ask): Promise<undefined> {
  const masters = nodes.slice(0, nodes.length / 2);
  for (const [i, master] of masters.entries()) {
    const replica = nodes[masters.length + i];
    if (replica === undefined) throw new Error(`${master.id} has no replica`);
    await ask(replica, `CLUSTER REPLICATE ${await ask(master, 'CLUSTER MYID')}`);
  }
  return undefined;
}

/** Whom this node does not know yet, or knows without the slots that it has. */
async function findStranger(node: ClusterNode, count: number, ask: Ask): Promise<string | undefined> {
  const info = await ask(node, 'CLUSTER INFO');
  const known = readField(info, 'cluster_known_nodes');
  if (known !== String(count) || (await ask(node, 'CLUSTER NODES')).includes('handshake'))
    return `${node.id} knows ${known} of ${count} nodes`;
  const slots = readField(info, 'cluster_slots_assigned');
  return slots === String(SLOTS) ? undefined : `${node.id} knows of ${slots} slots`;
}

async function findObstacle(node: ClusterNode, count: number, ask: Ask): Promise<string | undefined> {
  const stranger = await findStranger(node, count, ask);
  if (stranger !== undefined) return stranger;
  const state = readField(await ask(node, 'CLUSTER INFO'), 'cluster_state');
  if (state !== 'ok') return `${node.id} says that its state is ${state}`;
  const replication = await ask(node, 'INFO replication');
  if (readField(replication, 'role') === 'master')
    return readField(replication, 'connected_slaves') === '1' ? undefined : `${node.id} has no replica`;
  const link = readField(replication, 'master_link_status');
  return link === 'up' ? undefined : `${node.id} has no copy of its master's data`;
}

async function findFirst(
  nodes: readonly ClusterNode[],
  find: (node: ClusterNode) => Promise<string | undefined>,
): Promise<string | undefined> {
  for (const node of nodes) {
    const found = await find(node);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A line `name:value` of what CLUSTER INFO or INFO answer. */
export function readField(text: string, name: string): string | undefined {
  const line = text.split('\r\n').find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1);
}
