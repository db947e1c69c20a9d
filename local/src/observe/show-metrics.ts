import type { Shown } from './mesh-view.js';
import { readSamples } from './read-samples.js';

/** The metrics of all these processes that show them. */
export async function listShown(
  processes: readonly { readonly id: string; readonly adminUrl: string }[],
): Promise<Shown[]> {
  const answers = await Promise.all(
    processes.map(async ({ id, adminUrl }) => ({ id, samples: await readSamples(adminUrl) })),
  );
  return answers.flatMap(({ id, samples }) => (samples instanceof Error ? [] : [{ id, samples }]));
}
