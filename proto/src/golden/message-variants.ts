import type { DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { MakeMessage, Surroundings, Variant } from './variant.js';

const isSet = (): boolean => true;

/** The kinds of a message's values, the plain one first. Those that JSON writes in their own way have their own. */
export function messageVariants(
  message: DescMessage,
  around: Surroundings,
  make: MakeMessage,
): readonly [Variant, ...Variant[]] {
  switch (message.typeName) {
    case 'google.protobuf.Timestamp':
      return [{ name: 'moment', isIn: isSet, toJson: toMoment }];
    case 'google.protobuf.Duration':
      return [
        { name: 'duration', isIn: isSet, toJson: (seed) => `${seed}.500s` },
        { name: 'negative', isIn: (value) => String(value).startsWith('-'), toJson: () => '-0.250s' },
      ];
    case 'google.protobuf.Any':
      return packedVariants(around, make);
    default:
      return [{ name: 'message', isIn: isSet, toJson: (seed) => make(message, seed, around) }];
  }
}

/** Whole milliseconds: our services keep no more. */
function toMoment(seed: number): string {
  return new Date(Date.UTC(2026, 1, 28, 23, 59, 59, 123) + seed * 1_000).toISOString();
}

/** One for each message that errors carry, the reason first. */
function packedVariants({ contracts, within }: Surroundings, make: MakeMessage): [Variant, ...Variant[]] {
  const details = contracts.getFile('google/rpc/error_details.proto')?.messages ?? [];
  const [first, ...rest] = details.map((message): Variant => {
    const type = `type.googleapis.com/${message.typeName}`;
    return {
      name: message.typeName,
      isIn: (value) => isObject(value) && value['@type'] === type,
      toJson: (seed) => ({ '@type': type, ...make(message, seed, { contracts, within }) }),
    };
  });
  if (!first) throw new Error('nothing to pack: the contracts have no google/rpc/error_details.proto');
  return [first, ...rest];
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
