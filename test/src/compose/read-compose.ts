import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A service of a compose file, as far as the rules ask for it. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: {
    readonly context: string;
    readonly dockerfile: string;
    readonly args?: Readonly<Record<string, string>>;
  };
  readonly user?: string;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources?: { readonly limits?: Readonly<Record<string, string | number>> };
  };
}

/** What Compose makes of several files. */
export interface Composition {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file?: string; readonly environment?: string }>>;
}

/** @throws Error when there is no service of that name */
export function getService({ services }: Composition, name: string): ComposeService {
  const service = services[name];
  if (!service) throw new Error(`there is no service ${name}`);
  return service;
}

/** In the service's own lists a later file replaces an earlier one's command; everywhere else it adds. */
const REPLACED = new Set(['command', 'entrypoint', 'test']);

/**
 * Reads compose files and puts the later ones on top of the earlier, as Compose does.
 *
 * @param variables what `${NAME}` stands for; its default where a name is not here
 * @see https://docs.docker.com/reference/compose-file/merge/
 */
export async function readComposition(
  root: string,
  files: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Composition> {
  let merged: unknown = {};
  for (const file of files) {
    const text = await readFile(join(root, file), 'utf8');
    merged = mergeValues(merged, parse(text, { merge: true, maxAliasCount: 10_000 }) as unknown, '');
  }
  const {
    services = {},
    volumes = {},
    secrets = {},
  } = interpolateAll(merged, variables) as Partial<Composition>;
  return { services, volumes, secrets };
}

function mergeValues(below: unknown, above: unknown, key: string): unknown {
  if (above === undefined) return below;
  if (Array.isArray(below) && Array.isArray(above) && !REPLACED.has(key)) return [...below, ...above];
  if (!isRecord(below) || !isRecord(above)) return above;
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])];
  return Object.fromEntries(keys.map((name) => [name, mergeValues(below[name], above[name], name)]));
}

function interpolateAll(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((part) => interpolateAll(part, variables));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, interpolateAll(part, variables)]),
  );
}

/** `${NAME}`, `${NAME:-default}`, `${NAME:?why it is needed}` and `$$`. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})/g,
    (whole, name?: string, operator?: string, rest = '') => {
      if (name === undefined) return '$';
      const value = variables[name] || (operator === '-' ? rest : undefined);
      if (value === undefined) throw new Error(`${whole}: ${name} is not set`);
      return value;
    },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
