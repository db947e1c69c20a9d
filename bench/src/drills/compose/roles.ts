import type { Engine } from './engine.js';

/** The container that holds a database's primary. @throws Error when there is none */
export async function findPrimary(engine: Engine, scope: string): Promise<string> {
  const nodes = [1, 2, 3].map((number) => `${scope}-${number}`);
  for (const node of nodes) {
    const printed = await ask(engine, node, 'curl', '--silent', 'http://127.0.0.1:8008/cluster');
    const { members = [] } = parseOr(printed, {} as { members?: { name: string; role: string }[] });
    const leader = members.find(({ role }) => role === 'leader');
    if (leader) return firstOf(engine, leader.name);
  }
  throw new Error(`${scope} has no primary`);
}

/** The container of a Redis master. @throws Error when there is none */
export async function findRedisMaster(engine: Engine): Promise<string> {
  for (let number = 1; number <= 6; number++) {
    const service = `redis-${number}`;
    const role = await ask(
      engine,
      service,
      'sh',
      '-c',
      'REDISCLI_AUTH=$(cat $REDIS_PASSWORD_FILE) redis-cli role',
    );
    if (role.startsWith('master')) return firstOf(engine, service);
  }
  throw new Error('Redis has no master');
}

/** The container of the Consul server that leads. @throws Error when there is none */
export async function findConsulLeader(engine: Engine): Promise<string> {
  const peers = await ask(engine, 'consul', 'consul', 'operator', 'raft', 'list-peers');
  const leader = peers.split('\n').find((line) => / leader /.test(line));
  if (leader === undefined) throw new Error('Consul has no leader');
  return firstOf(engine, leader.split(/\s+/)[0] ?? '');
}

/** A service's only container, or the first of several. @throws Error when none runs */
export async function firstOf(engine: Engine, service: string): Promise<string> {
  const [container] = await engine.listContainers(service);
  if (container === undefined) throw new Error(`${service} does not run`);
  return container;
}

/** Carries a command out in a container; an empty text when that can't be done. */
function ask(engine: Engine, service: string, ...command: readonly string[]): Promise<string> {
  return engine.compose('exec', '-T', service, ...command).catch(() => '');
}

function parseOr<T>(text: string, other: T): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return other;
  }
}
