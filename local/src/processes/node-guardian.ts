import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { NodeMarks } from './node-processes.js';

/** Ends what is left of some Patroni nodes when this process is gone, however it ends. */
export interface NodeGuardian {
  /** Makes it do its work now; resolves when nothing is left. */
  close(): Promise<void>;
}

// Reads until its standard input ends, which the kernel does for us however we die. Then it looks for processes one of whose
// arguments is one of ours, and whose program is one of ours: a moment later, for what was just being started, and once, since a
// next launcher may soon start nodes in the same folders. It gives them their time, then kills them with their children.
const GUARDIAN = `
cat >/dev/null
find_nodes() {
  for file in $(printf '%s\\n' "$NODE_MARKS" | grep -lzsxFf - /proc/[0-9]*/cmdline); do
    folder=\${file%/cmdline}
    case $(cat "$folder/comm" 2>/dev/null) in python*|patroni*|postgres) echo "\${folder#/proc/}";; esac
  done
}
[ -z "$(find_nodes)" ] || sleep 0.3
known=" $(find_nodes | tr '\\n' ' ')"
find_left() {
  for pid in $(find_nodes); do case $known in *" $pid "*) echo "$pid";; esac; done
}
tries=$NODE_TRIES
while [ "$tries" -gt 0 ] && [ -n "$(find_left)" ]; do sleep 0.2; tries=$((tries - 1)); done
# PostgreSQL's shared memory outlives a kill -9, so that it is first told to quit at once.
for pid in $(find_left); do
  case $(cat "/proc/$pid/comm") in
    postgres) kill -QUIT "$pid";;
    *) kill -9 "$pid" $(cat "/proc/$pid/task/$pid/children");;
  esac
done 2>/dev/null
for round in 1 2 3 4; do
  sleep 0.1
  left=$(find_left)
  [ -n "$left" ] || exit 0
  [ "$round" -gt 1 ] || continue
  children=$(for pid in $left; do cat /proc/$pid/task/$pid/children 2>/dev/null; done)
  kill -9 $left $children 2>/dev/null
done`;

/**
 * Watches over nodes: PostgreSQL is no child of ours but outlives its Patroni, a frozen Patroni does not hear that it should stop,
 * and who kills the launcher should find an empty machine all the same.
 * @param graceMs what the nodes get to stop by themselves before they are killed
 */
export async function openNodeGuardian(
  nodes: readonly NodeMarks[],
  { graceMs, path }: { readonly graceMs: number; readonly path: string | undefined },
): Promise<NodeGuardian> {
  const marks = nodes.flatMap(({ configFile, clusterDir }) => [configFile, clusterDir]);
  const guardian = spawn('sh', ['-c', GUARDIAN, 'guardian'], {
    // Not as arguments, or it would find itself.
    env: {
      PATH: path,
      NODE_MARKS: marks.join('\n'),
      NODE_TRIES: String(Math.ceil(graceMs / 200)),
    },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  await once(guardian, 'spawn');
  const gone = once(guardian, 'exit');
  return {
    close: async () => {
      guardian.stdin.end();
      await gone;
    },
  };
}
