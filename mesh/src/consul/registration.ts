import { pause } from '../deadline.js';
import type { Logger } from '../log.js';
import type { ConsulAgent, RegistrationRecord } from './agent.js';

/** A service's place in Consul. */
export interface Registration {
  /** Leaves Consul and stops coming back. Resolves also when the agent can't be told: its check will notice. */
  leave(): Promise<void>;
}

/** How often the agent is asked whether it still knows us, in milliseconds. */
const CHECK_MS = 5000;

/**
 * Registers an instance and keeps it registered: an agent that can't be reached is tried again, and one that forgot
 * the instance (it restarted with nothing) is told again within seconds, loudly.
 *
 * @returns once the instance is registered for the first time, or the signal aborted
 */
export async function keepRegistered(
  agent: ConsulAgent,
  record: RegistrationRecord,
  log: Logger,
  signal: AbortSignal,
): Promise<Registration> {
  const { id } = record.instance;
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);

  async function attempt(): Promise<boolean> {
    try {
      if (await agent.isRegistered(id)) return true;
      await agent.register(record);
      log.warn({ instance: id }, 'Consul did not know this instance; registered it again');
      return true;
    } catch (error) {
      log.warn({ err: error, instance: id }, 'Consul is away; the registration can not be checked');
      return false;
    }
  }

  async function keep(): Promise<void> {
    while (!until.aborted) {
      await pause(CHECK_MS, until);
      if (!until.aborted) await attempt();
    }
  }

  await registerFirst(agent, record, log, until);
  const keeping = keep();

  return {
    async leave() {
      stop.abort();
      await keeping;
      try {
        await agent.deregister(id);
      } catch (error) {
        log.warn(
          { err: error, instance: id },
          'Consul is away; its health check will find this instance gone',
        );
      }
    },
  };
}

async function registerFirst(
  agent: ConsulAgent,
  record: RegistrationRecord,
  log: Logger,
  signal: AbortSignal,
) {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      return await agent.register(record);
    } catch (error) {
      if (tries % 10 === 0) log.warn({ err: error }, 'waiting for Consul to register this instance');
      await pause(1000, signal);
    }
  }
}
