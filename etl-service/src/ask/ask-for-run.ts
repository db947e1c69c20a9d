import { randomUUID } from 'node:crypto';
import { type Client, createServiceCredential, Fault, openProcess, pause } from '@flight/mesh';
import { type EtlRun, EtlRunState, EtlServiceDefinition } from '@flight/proto/etl';
import type { AskConfig } from './config.js';
import { describeOutcome, describeProgress } from './describe-run.js';

/** Runs asked for like this have the trigger `service:operator`. */
const SELF = 'operator';
/** How long etl-service may be unknown or away, in milliseconds. */
const AWAY_MS = 30_000;
const LOOK_EVERY_MS = 500;

/**
 * Asks for a run, tells how it goes until it is over, and answers whether it has succeeded.
 *
 * @param signal ends the watching; the run goes on
 * @throws Fault when etl-service refuses, or does not answer for 30 s
 */
export async function askForRun(
  { consul, serviceSecret, mode }: AskConfig,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const mesh = await openProcess({
    service: SELF,
    instance: SELF,
    host: '127.0.0.1',
    grpcPort: 0,
    adminPort: undefined,
    logLevel: 'silent',
    consul,
    lingerMs: 0,
  });
  try {
    const service = mesh.dial('etl-service', EtlServiceDefinition);
    await mesh.instances('etl-service').known(AbortSignal.any([signal, AbortSignal.timeout(AWAY_MS)]));
    const credentials = createServiceCredential({ service: SELF, secret: serviceSecret });
    const requestId = randomUUID();
    const { run } = await service.runEtl(
      { mode, requestId },
      { credential: await credentials.issue(), signal },
    );
    const ended = await watch({ service, issue: () => credentials.issue(), print, signal }, getRun(run));
    for (const line of describeOutcome(ended)) print(line);
    return ended.state === EtlRunState.SUCCEEDED;
  } finally {
    await mesh.close();
  }
}

interface Watching {
  readonly service: Client<EtlServiceDefinition>;
  readonly issue: () => Promise<string>;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Prints what is new until the run is over. An instance that dies over it is replaced by another one. */
async function watch({ service, issue, print, signal }: Watching, begun: EtlRun): Promise<EtlRun> {
  let run = begun;
  let printed = '';
  let heardAt = Date.now();
  for (;;) {
    const progress = describeProgress(run);
    if (progress !== printed) print(progress);
    printed = progress;
    if (run.state === EtlRunState.SUCCEEDED || run.state === EtlRunState.FAILED) return run;
    await pause(LOOK_EVERY_MS, signal);
    signal.throwIfAborted();
    try {
      const answer = await service.getEtlRun({ id: run.id }, { credential: await issue(), signal });
      run = getRun(answer.run);
      heardAt = Date.now();
    } catch (error) {
      if (!isPassing(error) || Date.now() - heardAt > AWAY_MS) throw error;
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Fault && ['unavailable', 'deadline_exceeded'].includes(error.kind);
}

function getRun(run: EtlRun | undefined): EtlRun {
  if (run === undefined) throw new Error('etl-service answered no run');
  return run;
}
