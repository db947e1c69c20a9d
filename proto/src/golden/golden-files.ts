import type { FileRegistry } from '@bufbuild/protobuf';
import { appendSamples } from './append-samples.js';
import { type GoldenFile, messagesByFile, parseGoldenFile, toText } from './golden-file.js';

/** The text of every file of proto/golden as it shall be, by name, from what it is. */
export async function renderGoldenFiles(
  contracts: FileRegistry,
  readText: (name: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [name, messages] of messagesByFile(contracts)) {
    const existing = parseGoldenFile(await readText(name));
    const samples: GoldenFile = Object.fromEntries(
      messages.map((message) => [
        message.typeName,
        appendSamples(message, existing[message.typeName] ?? [], contracts),
      ]),
    );
    // A message that is no longer there keeps its samples: whoever takes it away has to say so by hand.
    texts.set(name, toText({ ...existing, ...samples }));
  }
  return texts;
}
