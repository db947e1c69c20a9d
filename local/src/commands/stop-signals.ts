export interface StopSignals {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Resolves with the first signal. */
  readonly requested: Promise<void>;
  /** Gives the signals back to Node. */
  close(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first Ctrl-C (or SIGTERM, or a closed terminal) asks for an orderly stop, a second Ctrl-C ends this process at once. */
export function catchStopSignals(report: (line: string) => void): StopSignals {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      report(`${name}: stopping; once more to force it`);
      controller.abort(new Error(`told to stop by ${name}`));
    } else if (name === 'SIGINT') {
      report('forced: the kernel kills all processes with this one');
      process.exit(130);
    }
  };
  const requested = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    requested,
    close: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
