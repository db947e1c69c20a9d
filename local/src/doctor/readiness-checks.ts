import { toPlainCause } from '../plain-error.js';
import type { Instance } from '../stack/running-stack.js';
import { type Finding, fail, ok } from './finding.js';

/** What a process says of itself. */
export interface ObservedReadiness extends Pick<Instance, 'id' | 'adminUrl'> {
  /** Why /livez is not 200; undefined when it is. */
  readonly notAlive: string | undefined;
  /** What /readyz says when it is not 200; undefined when it is. */
  readonly notReady: string | undefined;
}

const TIMEOUT_MS = 2_000;

/** Asks those that run; the others have a finding already. */
export async function observeReadiness(
  instances: readonly Pick<Instance, 'id' | 'adminUrl'>[],
): Promise<ObservedReadiness[]> {
  return Promise.all(
    instances.map(async ({ id, adminUrl }) => {
      const [notAlive, notReady] = await Promise.all([ask(`${adminUrl}/livez`), ask(`${adminUrl}/readyz`)]);
      return { id, adminUrl, notAlive, notReady };
    }),
  );
}

export function judgeReadiness(observed: readonly ObservedReadiness[]): Finding[] {
  const troubles = observed.flatMap((one) => findTrouble(one) ?? []);
  const well = observed.length - troubles.length;
  return well === 0 ? troubles : [ok('readiness', `${well} alive and ready`), ...troubles];
}

function findTrouble({ id, adminUrl, notAlive, notReady }: ObservedReadiness): Finding | undefined {
  if (notAlive !== undefined)
    return fail(id, `does not answer ${adminUrl}/livez`, {
      why: notAlive,
      remedy:
        'it hangs or is frozen: read its log, then make roll, or kill -KILL its pid to have it started anew',
    });
  if (notReady === undefined) return undefined;
  return fail(id, 'is not ready', {
    why: toMissing(notReady),
    remedy: 'bring back what is missing (its own line here); the process needs no restart',
  });
}

/** `{"status":"waiting","missing":{"user-db":"…"}}` in words; anything else as it is. */
export function toMissing(body: string): string {
  try {
    const { missing } = JSON.parse(body) as { missing?: Record<string, string> };
    const parts = Object.entries(missing ?? {}).map(([part, why]) => `${part} is missing: ${why}`);
    return parts.length > 0 ? parts.join('; ') : body;
  } catch {
    // Not JSON: a process that is no mesh process, or one that broke off. Its own words are the best there is.
    return body;
  }
}

async function ask(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    return response.ok ? undefined : body.slice(0, 500) || `status ${response.status}`;
  } catch (error) {
    return toPlainCause(error).message;
  }
}
