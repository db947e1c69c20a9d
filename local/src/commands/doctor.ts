import { examine } from '../doctor/examine.js';
import { type Finding, formatFinding } from '../doctor/finding.js';
import type { Machine } from '../machine.js';
import { findRunner } from '../stack/run-lock.js';
import type { ServiceDescription } from '../stack/services.js';
import { readStackRecord } from '../stack/stack-record.js';
import { NOT_RUNNING } from './exit-codes.js';

export interface DoctorSurroundings {
  readonly machine: Pick<Machine, 'checkout'>;
  readonly dataDir: string;
  readonly services: readonly ServiceDescription[];
  readonly colour: boolean;
}

/**
 * Checks each part of a running stack, changes nothing and says of everything that is wrong why and what to do. Answers 0 when
 * nothing fails (warnings are allowed), 1 when something does, 3 when nothing runs.
 */
export async function doctor(
  { machine, dataDir, services, colour }: DoctorSurroundings,
  print: (line: string) => void,
): Promise<number> {
  const runner = await findRunner(dataDir);
  if (runner === undefined) {
    print('not running; "make run" starts it');
    return NOT_RUNNING;
  }
  const record = await readStackRecord(dataDir);
  if (record === undefined) {
    print(`starting or stopping (pid ${runner}); ask again when "make run" says that it is ready`);
    return 1;
  }
  const findings = await examine({ dataDir, checkout: machine.checkout, services, runner, record });
  for (const finding of findings) print(formatFinding(finding, colour));
  print(summarise(findings));
  return findings.some(({ level }) => level === 'fail') ? 1 : 0;
}

function summarise(findings: readonly Finding[]): string {
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const [failed, warned] = [count('fail'), count('warn')];
  if (failed + warned === 0) return 'all is well';
  return `${failed} to mend, ${warned} to look at`;
}
