import { connect } from 'node:net';
import { findRunner, isAlive } from '../stack/run-lock.js';
import type { StackProcess } from '../stack/running-stack.js';
import { findAilments } from '../stack/stack-health.js';
import { readStackRecord, type StackRecord } from '../stack/stack-record.js';
import { formatTable } from './text-table.js';

const NOT_RUNNING = 3;

/** Prints one line for each process. Answers 0 when all are healthy, 1 when one is not, 3 when nothing runs. */
export async function status(dataDir: string, print: (line: string) => void): Promise<number> {
  const runner = await findRunner(dataDir);
  if (runner === undefined) {
    print('not running; "make run" starts it');
    return NOT_RUNNING;
  }
  const record = await readStackRecord(dataDir);
  if (record === undefined) {
    print(`starting or stopping (pid ${runner})`);
    return 1;
  }
  const rows = await listRows(record);
  print(formatTable([['process', 'pid', 'up', 'address', 'health'], ...rows.map(toCells)]));
  return rows.every(({ ailment }) => ailment === undefined) ? 0 : 1;
}

interface Row {
  readonly process: StackProcess;
  readonly ailment: string | undefined;
}

async function listRows({ consulUrl, infrastructure, instances }: StackRecord): Promise<Row[]> {
  const ailments = await findAilments(consulUrl, instances);
  const rows: Row[] = await Promise.all(
    infrastructure.map(async (process) => ({
      process,
      ailment: (await accepts(process.address)) ? undefined : 'does not answer',
    })),
  );
  for (const process of instances) rows.push({ process, ailment: ailments.get(process.id) });
  // Consul takes a while to notice a death; the kernel knows.
  return rows.map((row) => (isUp(row.process) ? row : { ...row, ailment: 'down' }));
}

function accepts(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 1_000 });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}

function isUp({ pid }: StackProcess): boolean {
  return pid !== undefined && isAlive(pid);
}

function toCells({ process, ailment = 'healthy' }: Row): string[] {
  const { id, pid, startedAtMs, address } = process;
  const life = isUp(process) ? [String(pid), formatAge(Date.now() - (startedAtMs ?? 0))] : ['-', '-'];
  return [id, ...life, address, ailment];
}

function formatAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1_000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
