import { ScalarType } from '@bufbuild/protobuf';
import type { Variant } from './variant.js';

/** The first odd number beyond those that a double holds exactly is two above this. */
const LARGEST_EXACT_BELOW = 2n ** 53n - 1n;

const isSet = (): boolean => true;

/** The kinds of a scalar's values, the plain one first. */
export function scalarVariants(type: ScalarType, fieldName: string): readonly [Variant, ...Variant[]] {
  switch (type) {
    case ScalarType.STRING:
      // One letter of each length that UTF-8 has, the last a surrogate pair in UTF-16.
      return [{ name: 'text', isIn: isSet, toJson: (seed) => `${fieldName} ${seed} – Łódź 🛫` }];
    case ScalarType.BOOL:
      return [{ name: 'true', isIn: isSet, toJson: () => true }];
    case ScalarType.BYTES:
      // In base64 these have both characters that the URL-safe alphabet writes otherwise, and padding.
      return [
        {
          name: 'bytes',
          isIn: isSet,
          toJson: (seed) => Buffer.of(0xfb, 0xff, 0xfe, seed).toString('base64'),
        },
      ];
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return [
        { name: 'fraction', isIn: isSet, toJson: (seed) => seed / 16 },
        { name: 'negative', isIn: (value) => Number(value) < 0, toJson: (seed) => -seed / 4 },
      ];
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return [
        { name: 'number', isIn: isSet, toJson: (seed) => seed * 1_009 },
        {
          name: 'above int32',
          isIn: (value) => Number(value) > 0x7fffffff,
          toJson: (seed) => 0xffffffff - seed,
        },
      ];
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return [
        { name: 'number', isIn: isSet, toJson: (seed) => seed * 1_009 },
        { name: 'negative', isIn: (value) => Number(value) < 0, toJson: (seed) => -seed },
      ];
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return [longNumber, beyondNumbers];
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return [longNumber, negativeLong, beyondNumbers];
  }
}

const longNumber: Variant = {
  name: 'number',
  isIn: isSet,
  toJson: (seed) => String(seed * 1_000_000_007),
};

const negativeLong: Variant = {
  name: 'negative',
  isIn: (value) => BigInt(String(value)) < 0n,
  toJson: (seed) => String(-seed * 1_000_000_007),
};

const beyondNumbers: Variant = {
  name: 'beyond 2^53',
  beyondNumbers: true,
  isIn: (value) => BigInt(String(value)) > LARGEST_EXACT_BELOW,
  toJson: (seed) => String(LARGEST_EXACT_BELOW + 2n * BigInt(seed)),
};

/** The value of an unset field, as JSON: where presence shows, being set to it is something else than being unset. */
export function zeroOf(type: ScalarType): string | number | boolean {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return '';
    case ScalarType.BOOL:
      return false;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return '0';
    default:
      return 0;
  }
}
