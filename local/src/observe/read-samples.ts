import { toPlainCause } from '../plain-error.js';
import { parsePrometheusText, type Sample } from './prometheus-text.js';

/** How long a process may take to show its metrics. */
const TIMEOUT_MS = 2_000;

/** What a process shows under /metrics, or why it doesn't. */
export async function readSamples(adminUrl: string): Promise<readonly Sample[] | Error> {
  try {
    const response = await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    return response.ok ? parsePrometheusText(text) : new Error(`it answers ${response.status} to /metrics`);
  } catch (error) {
    return toPlainCause(error);
  }
}
