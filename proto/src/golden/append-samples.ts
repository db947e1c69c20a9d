import type { DescField, DescMessage, DescOneof, FileRegistry, JsonObject } from '@bufbuild/protobuf';
import { fieldVariants, seedOf } from './field-variants.js';
import { type Golden, readBinary, toGolden } from './golden.js';
import type { Variant } from './variant.js';

interface Missing {
  readonly field: DescField;
  readonly variant: Variant;
}

/**
 * A message's samples, and after them as many new ones as it takes to show each of its fields in each way that a
 * reader can get wrong. What was there stays as it is: it is what older readers and writers agreed on.
 *
 * @throws Error when a sample can't be read any more.
 */
export function appendSamples(
  message: DescMessage,
  existing: readonly Golden[],
  contracts: FileRegistry,
): readonly Golden[] {
  const samples = [...existing];
  if (!samples.some(({ binary }) => binary === '')) samples.push(toGolden(message, {}, contracts));
  for (let missing = findMissing(message, samples, contracts); missing.length > 0; ) {
    samples.push(toGolden(message, toSample(missing), contracts));
    const still = findMissing(message, samples, contracts);
    if (still.length >= missing.length)
      throw new Error(`no sample shows ${still[0]?.field} as ${still[0]?.variant.name}`);
    missing = still;
  }
  return samples;
}

/** What the samples of a message don't show. */
export function findMissing(
  message: DescMessage,
  samples: readonly Golden[],
  contracts: FileRegistry,
): readonly Missing[] {
  const shown = samples.map((sample) => readBinary(message, sample, contracts));
  const around = { contracts, within: new Set([message.typeName]) };
  return message.fields.flatMap((field) => {
    const values = shown.flatMap(({ [field.jsonName]: value }) => (value === undefined ? [] : [value]));
    return fieldVariants(field, around)
      .filter((variant) => !values.some((value) => variant.isIn(value)))
      .map((variant) => ({ field, variant }));
  });
}

/** A message that shows of every field the first thing that is missing, and of a oneof that of its first such field. */
function toSample(missing: readonly Missing[]): JsonObject {
  const safe = missing.filter(({ variant }) => !variant.beyondNumbers);
  const taken = new Set<DescField | DescOneof>();
  const sample: JsonObject = {};
  for (const { field, variant } of safe.length > 0 ? safe : missing) {
    const place = field.oneof ?? field;
    if (taken.has(place)) continue;
    taken.add(place);
    sample[field.jsonName] = variant.toJson(seedOf(field));
  }
  return sample;
}
