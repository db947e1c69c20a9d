import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type JsonObject,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { messageVariants } from './message-variants.js';
import { scalarVariants, zeroOf } from './scalar-variants.js';
import type { Element, Surroundings, Variant } from './variant.js';

/** What a field's samples must show between them, the plain value first. */
export function fieldVariants(field: DescField, around: Surroundings): readonly Variant[] {
  const [plain, ...others] = elementVariants(field, around);
  if (field.fieldKind === 'list') return [plain, ...others].map((variant) => inList(plain, variant));
  if (field.fieldKind === 'map') return [plain, ...others].map((variant) => inMap(field.mapKey, variant));
  // Where presence does not show, zero is the same as unset, which the empty sample is.
  if (field.presence === FeatureSet_FieldPresence.IMPLICIT)
    return [plain, ...others].filter(({ name }) => name !== field.enum?.values[0]?.name);
  return field.scalar === undefined ? [plain, ...others] : [plain, ...others, zero(zeroOf(field.scalar))];
}

/** A message as JSON with every field set to its plain variant, of each oneof the first. */
export function makePlain(message: DescMessage, seed: number, around: Surroundings): JsonObject {
  if (around.within.has(message.typeName)) return {};
  const inside = { ...around, within: new Set([...around.within, message.typeName]) };
  return Object.fromEntries(
    message.fields
      .filter((field) => !field.oneof || field.oneof.fields[0] === field)
      .map((field) => [field.jsonName, fieldVariants(field, inside)[0]?.toJson(seedOf(field, seed)) ?? null]),
  );
}

/** Tells the values of a message's fields apart, in whatever messages that one is. */
export function seedOf({ number }: DescField, outerSeed = 0): number {
  return (outerSeed * 20 + number) % 200_000;
}

function elementVariants(element: Element, around: Surroundings): readonly [Variant, ...Variant[]] {
  if (element.message) return messageVariants(element.message, around, makePlain);
  if (element.enum) return enumVariants(element.enum);
  return scalarVariants(element.scalar ?? ScalarType.STRING, element.name);
}

/** One for each value, that of an unset field last. */
function enumVariants({ values }: DescEnum): readonly [Variant, ...Variant[]] {
  const [zeroth, ...rest] = values.map(
    ({ name }): Variant => ({ name, isIn: (value) => value === name, toJson: () => name }),
  );
  if (!zeroth) throw new Error('an enum without values');
  const [first, ...others] = rest;
  return first ? [first, ...others, zeroth] : [zeroth];
}

/** Two elements: the plain one, and one of the kind. */
function inList(plain: Variant, variant: Variant): Variant {
  return {
    ...variant,
    isIn: (value) => Array.isArray(value) && value.length > 1 && value.some(variant.isIn),
    toJson: (seed) => [plain.toJson(seed), variant.toJson(seed + 1)],
  };
}

/** One entry: the order of several is nobody's promise. */
function inMap(key: ScalarType, variant: Variant): Variant {
  const [plainKey] = scalarVariants(key, 'key');
  return {
    ...variant,
    isIn: (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).some((entry) => variant.isIn(entry)),
    toJson: (seed) => ({ [String(plainKey.toJson(seed))]: variant.toJson(seed) }),
  };
}

function zero(json: string | number | boolean): Variant {
  return { name: 'zero', isIn: (value) => value === json, toJson: () => json };
}
