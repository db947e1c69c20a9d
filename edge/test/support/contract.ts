import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** An answer as the wire showed it. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

interface Operation {
  readonly responses: Readonly<Record<string, Response>>;
  readonly [member: string]: unknown;
}

/** Holds answers against what the served document says of them. */
export interface Contract {
  /** @throws Error when the address is documented and the answer is not, or not like this */
  check(method: string, path: string, answer: WireAnswer): void;
}

export function createContract(document: OpenApiDocument): Contract {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'openapi', components: document.components });
  const validators = new Map<string, ValidateFunction>();
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
  }));

  function validator(key: string, schema: object): ValidateFunction {
    let found = validators.get(key);
    if (found === undefined) {
      const local = JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/');
      found = ajv.compile(JSON.parse(local));
      validators.set(key, found);
    }
    return found;
  }

  return {
    check(method, path, { status, headers, text }) {
      const [address = path] = path.split('?');
      const template = templates.find(({ pattern }) => pattern.test(address))?.template ?? '';
      const operation = document.paths[template]?.[method.toLowerCase()];
      if (operation === undefined) return;
      const name = `${method} ${template} ${status}`;
      const response = operation.responses[status];
      if (response === undefined) throw new Error(`${name} is not documented: ${text}`);
      const [type = ''] = (headers.get('content-type') ?? '').split(';');
      const content = response.content?.[type];
      if (content === undefined) throw new Error(`${name} is not documented to be ${type}`);
      const body: unknown = type.endsWith('json') ? JSON.parse(text) : text;
      const validate = validator(`${name} ${type}`, content.schema);
      if (!validate(body))
        throw new Error(`${name} is not as documented: ${ajv.errorsText(validate.errors)} in ${text}`);
    },
  };
}
