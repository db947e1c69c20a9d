import { toPlainCause } from '../plain-error.js';
import { type Finding, fail, ok } from './finding.js';

/** What an edge answers to a stranger. */
export interface ObservedEdge {
  readonly id: string;
  readonly url: string;
  /** Why the status page is not 200; undefined when it is. */
  readonly ailment: string | undefined;
}

/** The way of a client: through routes, limits and all. */
const PAGE = '/api/gateway/status';

export async function observeEdge(id: string, url: string): Promise<ObservedEdge> {
  try {
    const response = await fetch(`${url}${PAGE}`, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    return { id, url, ailment: response.ok ? undefined : `status ${response.status}: ${body.slice(0, 200)}` };
  } catch (error) {
    return { id, url, ailment: toPlainCause(error).message };
  }
}

export function judgeEdge({ id, url, ailment }: ObservedEdge): Finding[] {
  if (ailment === undefined) return [ok(id, `answers ${url}${PAGE}`)];
  return [
    fail(id, `does not answer ${url}${PAGE}`, {
      why: ailment,
      remedy: `look at its other lines here, then at .local/logs/${id}.log`,
    }),
  ];
}
