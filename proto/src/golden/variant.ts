import type { DescField, DescMessage, FileRegistry, JsonObject, JsonValue } from '@bufbuild/protobuf';

/** Something that a value can be and that a reader can get wrong, such as a negative number. */
export interface Variant {
  readonly name: string;
  /** Whether JavaScript's numbers can't hold it: then it gets a sample without the others. */
  readonly beyondNumbers?: boolean;
  /** Whether a value of the field, as canonical ProtoJSON, is of this kind. */
  isIn(value: JsonValue): boolean;
  /** Such a value. The seed tells values apart, and the same seed gives the same value. */
  toJson(seed: number): JsonValue;
}

/** Where a value is made. */
export interface Surroundings {
  readonly contracts: FileRegistry;
  /** The messages around it, by full name: those are left empty, or a recursive one would have no end. */
  readonly within: ReadonlySet<string>;
}

/** A message as JSON with every field set to its plain variant, of each oneof the first. */
export type MakeMessage = (message: DescMessage, seed: number, around: Surroundings) => JsonObject;

/** What a field holds, apart from whether it holds one, a list, or a map of them. */
export type Element = Pick<DescField, 'name' | 'scalar' | 'enum' | 'message'>;
