import { z } from 'zod';

/** The part of JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) that the table's schemas come out as. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

/** The JSON Schema of what a zod schema takes in. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // In OpenAPI this would say that a field may not be sent, while here it is about immutable values.
      delete jsonSchema.readOnly;
      // Identifiers are digits in the path and numbers to everybody else.
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
      // Zod drops the examples of what it transforms, as they may be of what comes out. Ours are of what goes in.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return rest as JsonSchema;
}
