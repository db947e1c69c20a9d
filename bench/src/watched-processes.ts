import type { Stack } from '@flight/local';
import { cpuSecondsOf, cpuSecondsOfTree } from './cpu-time.js';

/** Processes whose CPU time is counted, by the name that the table shows. Several may share a name. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
  /** Count the processes below it too. */
  readonly tree?: boolean;
}

/** All processes of a stack: services by their name, servers by theirs. */
export function watchStack({ instances, infrastructure }: Stack): readonly Watched[] {
  const own = instances.flatMap(({ service, pid }) => (pid === undefined ? [] : [{ name: service, pid }]));
  const servers = Object.entries(infrastructure).flatMap(([name, { pid }]) =>
    pid === undefined ? [] : [{ name, pid, tree: true }],
  );
  return [...own, ...servers];
}

/** CPU time so far in seconds, summed by name. */
export async function cpuByName(watched: readonly Watched[]): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {};
  for (const { name, pid, tree } of watched) {
    sums[name] = (sums[name] ?? 0) + (await (tree ? cpuSecondsOfTree(pid) : cpuSecondsOf(pid)));
  }
  return sums;
}

/** What each process used between two counts, per request, in microseconds. */
export function perRequestMicros(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  requests: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [
      name,
      ((seconds - (before[name] ?? 0)) * 1e6) / requests,
    ]),
  );
}
