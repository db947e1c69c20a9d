import type { DescMessage, FileRegistry } from '@bufbuild/protobuf';
import { filesBelow } from '../registry.js';
import type { Golden } from './golden.js';

/** The samples of one package's messages, by full name. */
export type GoldenFile = Readonly<Record<string, readonly Golden[]>>;

/** What is ours, and what errors carry. */
const FOLDERS = ['flight/', 'google/rpc/'];

/** Reads a file of proto/golden; undefined is one that is not there yet. */
export function parseGoldenFile(text: string | undefined): GoldenFile {
  return text === undefined ? {} : JSON.parse(text);
}

/** What stands in a file of proto/golden: messages by name, and one line for each thing, so that a diff shows samples. */
export function toText(file: GoldenFile): string {
  const sorted = Object.entries(file).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`;
}

/** The messages that have samples, by the file that these are in. */
export function messagesByFile(contracts: FileRegistry): ReadonlyMap<string, readonly DescMessage[]> {
  const byFile = new Map<string, DescMessage[]>();
  for (const file of FOLDERS.flatMap((folder) => filesBelow(contracts, folder))) {
    const messages = file.messages.flatMap(withNested);
    if (messages.length === 0) continue;
    const name = `${file.proto.package}.json`;
    byFile.set(name, [...(byFile.get(name) ?? []), ...messages]);
  }
  return byFile;
}

function withNested(message: DescMessage): readonly DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}
