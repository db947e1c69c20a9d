import { type Logger, pause, type Readiness } from '@flight/mesh';
import { carryOut } from '../domain/carry-out.js';
import { MODES, type Run, type RunPart } from '../domain/run.js';
import { movePart } from '../domain/run-part.js';
import type { RunTools } from '../domain/run-work.js';
import { type RunJournal, RunLost } from '../domain/runs.js';
import { dueInMs, isThereWork } from '../domain/schedule.js';
import type { RunLock } from './run-lock.js';
import type { RunMetrics } from './run-metrics.js';

/** Carries out the runs that are due and those that were asked for, one at a time among all instances. */
export interface Conductor {
  /** A run was asked for here. */
  wake(): void;
  /** Lets go of the run that is being carried out, which another instance takes up, and resolves when nothing goes on. */
  close(): Promise<void>;
}

export interface ConductorParts {
  readonly journal: RunJournal;
  readonly lock: RunLock;
  readonly tools: RunTools;
  readonly metrics: Pick<RunMetrics, 'running'>;
  /** Told of each run that has ended here. */
  readonly tellEnd: (run: Run, parts: readonly RunPart[]) => void;
  readonly readiness: Readiness;
  readonly log: Logger;
  /** From the beginning of a run to the next scheduled one, in milliseconds; undefined without a schedule. */
  readonly scheduleMs: number | undefined;
  /** Aborts when the process begins to stop. */
  readonly stopped: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

type StarState = Awaited<ReturnType<RunTools['warehouse']['prepare']>>;

/** How often it is looked for runs that were asked for elsewhere, or left there, in milliseconds. */
const LOOK_EVERY_MS = 1000;
/** All instances wait for the same moment: so much chance, in milliseconds, keeps them from coming at once. */
const JITTER_MS = 50;
/** How often an outdated warehouse is rebuilt in vain where there is no schedule, in milliseconds. */
const REBUILD_EVERY_MS = 10_000;
const BACKOFF_MS = 250;
const BACKOFF_MAX_MS = 5000;
const PRUNE_EVERY_MS = 60_000;
/** A run over which so many processes have died would kill the next one too. */
const ATTEMPTS_MAX = 20;

export function startConductor(parts: ConductorParts): Conductor {
  const { journal, lock, tools, metrics, tellEnd, readiness, log, scheduleMs, stopped, now, random } = parts;
  let woken = new AbortController();
  let failures = 0;
  let prunedAt = Number.NEGATIVE_INFINITY;
  let newer = false;

  /** What to do next, while this instance has the lock. */
  async function beginNext(star: StarState): Promise<Run | undefined> {
    switch (star) {
      case 'newer':
        return undefined;
      case 'outdated':
        return beginRebuild();
      case 'ready':
        return (await journal.beginOldest(MODES)) ?? beginScheduled();
    }
  }

  async function beginRebuild(): Promise<Run | undefined> {
    const begun = await journal.beginOldest(['REBUILD']);
    if (begun !== undefined) return begun;
    if (dueInMs(await journal.look(), scheduleMs ?? REBUILD_EVERY_MS, now()) > 0) return undefined;
    log.warn('the warehouse has the shape of an earlier version and is rebuilt');
    await journal.queueOwn('REBUILD');
    return journal.beginOldest(['REBUILD']);
  }

  async function beginScheduled(): Promise<Run | undefined> {
    return dueInMs(await journal.look(), scheduleMs, now()) > 0 ? undefined : journal.beginScheduled();
  }

  async function prepare(signal: AbortSignal): Promise<StarState> {
    const star = await tools.warehouse.prepare(signal);
    if (newer !== (star === 'newer')) {
      newer = star === 'newer';
      if (newer) {
        readiness.waitFor('warehouse', 'a later version of this service made it');
        log.warn('a later version of this service made the warehouse; nothing is loaded here');
      } else readiness.ready('warehouse');
    }
    return star;
  }

  async function drain(signal: AbortSignal): Promise<void> {
    let star = await prepare(signal);
    for (;;) {
      signal.throwIfAborted();
      const run = await beginNext(star);
      if (run === undefined) return;
      await carry(run, signal);
      // Nothing else changes the live star's shape while this instance has the lock.
      if (run.mode === 'REBUILD') star = await prepare(signal);
      await prune();
    }
  }

  async function carry(run: Run, signal: AbortSignal): Promise<void> {
    metrics.running(true);
    try {
      const parts = run.attempts > ATTEMPTS_MAX ? giveUp(run) : await carryThrough(run, signal);
      await journal.end(run, parts);
      tellEnd(run, parts);
      await tools.reached('run.ended');
    } catch (error) {
      if (!(error instanceof RunLost)) throw error;
      log.warn({ run: run.id }, 'another instance took over a run');
    } finally {
      metrics.running(false);
    }
  }

  async function carryThrough(run: Run, signal: AbortSignal): Promise<readonly RunPart[]> {
    const { parts, reasons } = await carryOut(run, tools, signal);
    // Before the run ends: then a crash in between is made good by the run's next attempt.
    if (reasons.has('token_lost') && run.mode !== 'REBUILD') await journal.queueOwn('REBUILD');
    return parts;
  }

  async function prune(): Promise<void> {
    if (now() - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = now();
    await journal.prune();
  }

  /** How long to wait until the next look, in milliseconds. */
  async function turn(): Promise<number> {
    const everyMs = Math.min(LOOK_EVERY_MS, scheduleMs ?? LOOK_EVERY_MS);
    let outlook = await journal.look();
    if (isThereWork(outlook, scheduleMs, now()) && (await lock.hold(drain, stopped)))
      outlook = await journal.look();
    // It is being done elsewhere, or can't be done now.
    if (isThereWork(outlook, scheduleMs, now())) return everyMs * (0.5 + random() / 2);
    return Math.min(everyMs, dueInMs(outlook, scheduleMs, now())) + random() * JITTER_MS;
  }

  function backOff(error: unknown): number {
    failures += 1;
    if (failures === 1) log.warn({ err: error }, 'runs can not be carried out; trying on');
    return Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1)) * (0.5 + random() / 2);
  }

  function recover(waitMs: number): number {
    if (failures > 0) log.info('runs can be carried out again');
    failures = 0;
    return waitMs;
  }

  async function run(): Promise<void> {
    while (!stopped.aborted) {
      // Before looking: a run that is asked for while this looks wakes it once more.
      woken = new AbortController();
      const waitMs = await turn().then(recover, (error: unknown) => (stopped.aborted ? 0 : backOff(error)));
      await pause(waitMs, woken.signal);
    }
  }

  stopped.addEventListener('abort', () => woken.abort(), { once: true });
  const running = run();
  return {
    wake: () => woken.abort(),
    close: () => running,
  };
}

function giveUp(run: Run): readonly RunPart[] {
  const error = `Was begun ${ATTEMPTS_MAX} times and never ended`;
  return run.parts.map((part) => movePart(part, { kind: 'failed', error }));
}
