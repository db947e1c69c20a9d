import { until } from '@flight/local';
import { createConsulAgent } from '../../src/consul/agent.js';
import { type InstanceSet, watchInstances } from '../../src/consul/watch.js';
import { createLogger } from '../../src/log.js';

/** A watch and all that it said. */
export interface TestWatch {
  readonly set: InstanceSet;
  /** The ids of each change that listeners were told, in alphabetical order. */
  readonly heard: readonly string[];
  /** How many log lines contain this text. */
  logged(text: string): number;
  /** The ids that calls may go to, in alphabetical order. */
  ids(): string;
  untilIds(ids: string, timeoutMs?: number): Promise<void>;
  close(): void;
}

export function openTestWatch(url: string, service: string, token?: string): TestWatch {
  const lines: string[] = [];
  const heard: string[] = [];
  const log = createLogger(
    { service: 'caller', instance: 'caller_1', level: 'info' },
    { write: (line) => void lines.push(line) },
  );
  const agent = createConsulAgent({ url, token });
  const set = watchInstances(agent, { service, log });
  const ids = () =>
    set.current
      .map(({ id }) => id)
      .sort()
      .join(' ');
  set.onChange(() => void heard.push(ids()));
  return {
    set,
    heard,
    logged: (text) => lines.filter((line) => line.includes(text)).length,
    ids,
    untilIds: (wanted, timeoutMs) => until(`the instances [${wanted}]`, () => ids() === wanted, timeoutMs),
    close() {
      set.close();
      agent.close();
    },
  };
}
