import { tracingChannel } from 'node:diagnostics_channel';

/**
 * What takes time on one machine. `stack`: all processes of a system started; `cluster`: nodes started and joined; `server`: one
 * server started; `stop`: any of them stopped; `package`: an SDK package installed into a project; `program`: a compiler or another
 * program run to its end; `wait`: a condition polled.
 */
export type WorkKind = 'stack' | 'cluster' | 'server' | 'stop' | 'package' | 'program' | 'wait';

/** A piece of work as the channel's subscribers get it: one object from its start to its end. */
export interface Work {
  readonly kind: WorkKind;
  /** Names the server, the package or the condition. */
  readonly what: string;
}

/** The name of the tracing channel that `traced` publishes to. */
export const WORK_CHANNEL = 'flight:work';

const channel = tracingChannel<Work>(WORK_CHANNEL);

/**
 * Runs work and publishes its start and end, which costs nothing while there is no subscriber. `make test TIMES=1` subscribes.
 * @see https://nodejs.org/api/diagnostics_channel.html#class-tracingchannel
 */
export function traced<T>(kind: WorkKind, what: string, work: () => Promise<T>): Promise<T> {
  return channel.tracePromise(work, { kind, what });
}
