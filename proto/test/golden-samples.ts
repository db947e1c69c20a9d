import type { DescMessage, FileRegistry } from '@bufbuild/protobuf';
import type { Golden } from '../src/golden/golden.js';
import { messagesByFile, parseGoldenFile } from '../src/golden/golden-file.js';
import { readGoldenText } from '../src/golden/golden-folder.js';

/** A message type and its samples. */
export interface Sampled {
  readonly message: DescMessage;
  readonly samples: readonly Golden[];
}

/** Every message type that has samples, or should. */
export async function loadSamples(contracts: FileRegistry): Promise<readonly Sampled[]> {
  const sampled: Sampled[] = [];
  for (const [name, messages] of messagesByFile(contracts)) {
    const file = parseGoldenFile(await readGoldenText(name));
    for (const message of messages) sampled.push({ message, samples: file[message.typeName] ?? [] });
  }
  return sampled;
}

/** The wire form of a sample. */
export function bytesOf({ binary }: Golden): Buffer {
  return Buffer.from(binary, 'base64');
}
