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
/** The same while it does not answer: whoever watches waits for us to be back. */
const RETRY_MS = 1000;

/**
 * Registers an instance and keeps it registered: an agent that can't be reached is tried again, and one that forgot
 * the instance (it restarted with nothing) is told again within seconds, loudly, with a passing check.
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
  let isAway = false;

  async function attempt(): Promise<void> {
    try {
      const isKnown = await agent.isRegistered(id);
      if (!isKnown && !until.aborted) {
        await agent.register(record);
        log.warn({ instance: id }, 'Consul did not know this instance; registered it again');
      }
      isAway = false;
    } catch (error) {
      if (!isAway)
        log.warn({ err: error, instance: id }, 'Consul is away; the registration can not be checked');
      isAway = true;
    }
  }

  async function keep(): Promise<void> {
    while (!until.aborted) {
      await pause(isAway ? RETRY_MS : CHECK_MS, until);
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
