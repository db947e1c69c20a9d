import { isDeepStrictEqual } from 'node:util';
import {
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import type { Golden } from './golden.js';

/** In which ways a reader with these contracts reads or writes a sample otherwise than it was written; none is right. */
export function findDifferences(
  message: DescMessage,
  { binary, json }: Golden,
  registry: FileRegistry,
): readonly string[] {
  const differences: string[] = [];
  const compare = (what: string, expected: unknown, act: () => unknown): void => {
    const actual = attempt(act);
    if (!isDeepStrictEqual(actual, expected))
      differences.push(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  };
  const fromWire = () => fromBinary(message, Buffer.from(binary, 'base64'));
  const options = { registry, writeUnknownFields: false };
  const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  compare('the JSON of the binary', json, () => toJson(message, fromWire(), options));
  compare('the binary of the JSON', binary, () =>
    toBase64(toBinary(message, fromJson(message, json, options))),
  );
  compare('the binary of the binary', binary, () => toBase64(toBinary(message, fromWire(), options)));
  return differences;
}

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return { refused: String(error) };
  }
}
