import { until } from '@flight/local';
import { SCOPE, type TrioSystem } from './trio-system.js';

/**
 * Changes a setting of the running cluster where Patroni keeps it, in Consul, and waits until every node goes by it.
 *
 * @see https://patroni.readthedocs.io/en/latest/dynamic_configuration.html
 */
export async function changeClusterSettings(
  { consulUrl, cluster }: TrioSystem,
  change: Readonly<Record<string, boolean | number>>,
): Promise<void> {
  const url = `${consulUrl}/v1/kv/patroni/${SCOPE}/config`;
  const settings = (await (await fetch(`${url}?raw`)).json()) as Record<string, unknown>;
  const response = await fetch(url, { method: 'PUT', body: JSON.stringify({ ...settings, ...change }) });
  if (!response.ok) throw new Error(`Consul answers ${response.status}`);
  const knows = async (restUrl: string) => {
    const known = (await (await fetch(`${restUrl}/config`)).json()) as Record<string, unknown>;
    return Object.entries(change).every(([name, value]) => known[name] === value);
  };
  for (const { restUrl } of cluster.nodes) await until('a change of the settings', () => knows(restUrl));
}
