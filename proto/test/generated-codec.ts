import type { DescMessage, JsonValue } from '@bufbuild/protobuf';
import type { Golden } from '../src/golden/golden.js';
import { bytesOf } from './golden-samples.js';

interface Generated {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

/** What our services read and write a message with: the code that ts-proto generated. */
export interface GeneratedCodec {
  rewrite(sample: Golden): string;
  isBeyondNumbers(sample: Golden): boolean;
}

/** @throws Error when there is no code for the message */
export async function generatedCodec({ file, typeName }: DescMessage): Promise<GeneratedCodec> {
  const module: Record<string, Generated | undefined> = await import(`../gen/${file.name}.js`);
  const name = typeName.slice(file.proto.package.length + 1).replaceAll('.', '_');
  const codec = module[name];
  if (!codec) throw new Error(`ts-proto generated no ${name} in ${file.name}`);
  return {
    rewrite: (sample) => Buffer.from(codec.encode(codec.decode(bytesOf(sample))).finish()).toString('base64'),
    isBeyondNumbers: ({ json }) => hasLongBeyondNumbers(json),
  };
}

/** Whether a 64-bit number somewhere in a message, a string in JSON, is one that a double can't hold. */
function hasLongBeyondNumbers(json: JsonValue): boolean {
  if (typeof json === 'string') return /^-?\d+$/.test(json) && !Number.isSafeInteger(Number(json));
  return typeof json === 'object' && json !== null && Object.values(json).some(hasLongBeyondNumbers);
}
