import { readSamples } from '../observe/read-samples.js';
import type { Place } from './place.js';
import { listPassing } from './stack-health.js';

/**
 * Which caller does not know this instance yet, or undefined. A caller is a process that shows `mesh_instances` of the
 * service; it knows the instance when it counts as many as pass in Consul. A process that shows no metrics calls nobody.
 */
export async function findUnaware(
  { service, httpUrl }: Place,
  callers: readonly Place[],
  consulUrl: string,
): Promise<string | undefined> {
  if (httpUrl !== undefined) return undefined;
  const passing = (await listPassing(consulUrl, service)).size;
  const answers = await Promise.all(
    callers.map(async ({ id, adminUrl }) => {
      const samples = await readSamples(adminUrl);
      if (samples instanceof Error) return `${id} does not show its metrics: ${samples.message}`;
      const known = samples.find(
        ({ name, labels }) => name === 'mesh_instances' && labels.service === service,
      );
      return known === undefined || known.value >= passing
        ? undefined
        : `${id} knows ${known.value} of ${passing}`;
    }),
  );
  return answers.find((answer) => answer !== undefined);
}
