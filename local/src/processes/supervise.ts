import { type Backoff, nextDelayMs, RESTART_BACKOFF } from './backoff.js';
import { type ProcessExit, type ProcessSpec, type RunningProcess, startProcess } from './start-process.js';

/** Where a supervised process is in its life. */
export type SupervisedState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting'; readonly settled: Promise<void> }
  | { readonly kind: 'running'; readonly process: RunningProcess }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'stopping'; readonly done: Promise<unknown> };

export interface SupervisorOptions {
  /** Receives one plain line for every death and every new start. */
  readonly report: (line: string) => void;
  /** Called after every change of state. */
  readonly onChange?: () => void;
  /** Called after every death that nobody asked for. */
  readonly onDeath?: (death: { id: string; deaths: number; logFile: string }) => void;
  readonly backoff?: Backoff;
}

/** A process that is started again whenever it ends without being told to. */
export interface Supervised {
  readonly id: string;
  readonly logFile: string;
  readonly state: SupervisedState;
  /** Absent while it is down. */
  readonly pid: number | undefined;
  /** How often it ended without being told to. */
  readonly deaths: number;
  /** Starts it, now if it waits for its next attempt; nothing when it runs. */
  start(): Promise<void>;
  /** Stops it in an orderly way; it stays down until the next start. */
  stop(): Promise<void>;
  /** Kills it (SIGKILL), which is no death either: it stays down until the next start. */
  kill(): Promise<void>;
  /** Ends it at once, by the death signal of its specification: for a process whose data are thrown away. */
  end(): Promise<void>;
  /** @throws Error when it is not running */
  signal(name: NodeJS.Signals): void;
}

type StopStyle = 'orderly' | 'killed' | 'ended';

const HOW_TO_STOP: Readonly<Record<StopStyle, (process: RunningProcess) => Promise<unknown>>> = {
  orderly: (process) => process.stop(),
  killed: (process) => {
    process.signal('SIGKILL');
    return process.exited;
  },
  ended: (process) => process.end(),
};

/** Prepares supervision; nothing runs before the first start. */
export function supervise(
  spec: ProcessSpec,
  { report, onChange, onDeath: tellDeath, backoff = RESTART_BACKOFF }: SupervisorOptions,
): Supervised {
  let state: SupervisedState = { kind: 'stopped' };
  let deaths = 0;
  let delayMs: number | undefined;

  const setState = (next: SupervisedState) => {
    state = next;
    onChange?.();
  };

  const launch = (): Promise<void> => {
    const settled = startProcess(spec).then(
      (process) => {
        setState({ kind: 'running', process });
        if (deaths > 0) report(`${spec.id} runs again, pid ${process.pid}`);
        void process.exited.then((exit) => onExit(process, exit));
      },
      (error: unknown) => onDeath(`could not be started (${String(error)})`, 0),
    );
    setState({ kind: 'starting', settled });
    return settled;
  };

  const onExit = (process: RunningProcess, exit: ProcessExit) => {
    // Told to stop: no death.
    if (state.kind !== 'running' || state.process !== process) return;
    const wasUpMs = Date.now() - process.startedAtMs;
    onDeath(`ended with ${describeExit(exit)} after ${(wasUpMs / 1_000).toFixed(1)} s`, wasUpMs);
  };

  const onDeath = (what: string, wasUpMs: number) => {
    deaths += 1;
    delayMs = nextDelayMs(backoff, delayMs, wasUpMs);
    report(`${spec.id} ${what}; starting it again in ${delayMs / 1_000} s (log: ${spec.logFile})`);
    setState({ kind: 'waiting', timer: setTimeout(() => void launch(), delayMs) });
    tellDeath?.({ id: spec.id, deaths, logFile: spec.logFile });
  };

  const stop = async (how: StopStyle): Promise<void> => {
    switch (state.kind) {
      case 'stopped':
        return;
      case 'starting':
        await state.settled;
        return stop(how);
      case 'waiting':
        clearTimeout(state.timer);
        return setState({ kind: 'stopped' });
      case 'running': {
        const { process } = state;
        const done = HOW_TO_STOP[how](process);
        setState({ kind: 'stopping', done });
        await done;
        return setState({ kind: 'stopped' });
      }
      case 'stopping':
        await state.done;
        return;
    }
  };

  return {
    id: spec.id,
    logFile: spec.logFile,
    get state() {
      return state;
    },
    get pid() {
      return state.kind === 'running' ? state.process.pid : undefined;
    },
    get deaths() {
      return deaths;
    },
    start: async () => {
      if (state.kind === 'waiting') clearTimeout(state.timer);
      if (state.kind === 'stopping') await state.done;
      if (state.kind === 'starting') return state.settled;
      if (state.kind !== 'running') await launch();
    },
    stop: () => stop('orderly'),
    kill: () => stop('killed'),
    end: () => stop('ended'),
    signal: (name) => {
      if (state.kind !== 'running') throw new Error(`${spec.id} is not running but ${state.kind}`);
      state.process.signal(name);
    },
  };
}

function describeExit({ code, signal }: ProcessExit): string {
  return signal === null ? `code ${code}` : `signal ${signal}`;
}
