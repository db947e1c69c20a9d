import { toPlainCause } from '../plain-error.js';
import { REST_USER } from './patroni-node.js';

/** A node as the cluster sees it (GET /cluster). */
export interface PatroniMember {
  readonly name: string;
  readonly role: 'leader' | 'sync_standby' | 'replica';
  /** `running`, `streaming`, `starting` … */
  readonly state: string;
  readonly timeline: number | undefined;
  /** Bytes; undefined for the leader, or when it is not known. */
  readonly lag: number | undefined;
}

const ROLES = { leader: 'primary', sync_standby: 'synchronous standby', replica: 'standby' } as const;

/** A role for people. */
export function describeRole(role: PatroniMember['role']): string {
  return ROLES[role];
}

const TIMEOUT_MS = 1_000;
/** Patroni waits for the new leader before it answers. */
const SWITCHOVER_TIMEOUT_MS = 20_000;

/** Whether this node holds the leader's lock and takes writes. A node that does not answer within a second does not. */
export async function isPrimary(restUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${restUrl}/primary`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Dead or frozen: the question was whether it is the primary.
    return false;
  }
}

/** The cluster's members, from the first node that answers. @throws Error when none does */
export async function listMembers(restUrls: readonly string[]): Promise<PatroniMember[]> {
  const refusals: string[] = [];
  for (const restUrl of restUrls) {
    try {
      const response = await fetch(`${restUrl}/cluster`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const body = (await response.json()) as { members?: unknown };
      if (Array.isArray(body.members)) return body.members.map(toMember);
      refusals.push(`${restUrl} answers no members`);
    } catch (error) {
      refusals.push(toPlainCause(error).message);
    }
  }
  throw new Error(`no node answers: ${refusals.join('; ')}`);
}

/** Hands the lock over in an orderly way. @throws Error with Patroni's words when it refuses */
export async function requestSwitchover(
  restUrl: string,
  password: string,
  names: { readonly leader: string; readonly candidate?: string },
): Promise<void> {
  const response = await fetch(`${restUrl}/switchover`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${REST_USER}:${password}`).toString('base64')}` },
    body: JSON.stringify(names),
    signal: AbortSignal.timeout(SWITCHOVER_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`no switchover from ${names.leader}: ${response.status} ${text}`);
}

function toMember(entry: Record<string, unknown>): PatroniMember {
  const { name, role, state, timeline, lag } = entry;
  return {
    name: String(name),
    role: role === 'leader' || role === 'sync_standby' ? role : 'replica',
    state: String(state),
    timeline: typeof timeline === 'number' ? timeline : undefined,
    lag: typeof lag === 'number' ? lag : undefined,
  };
}
