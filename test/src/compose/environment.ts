import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComposeService } from './read-compose.js';

/** What a room of ours makes of an environment. @throws a ConfigError naming everything that is wrong */
export type ReadConfig = (env: NodeJS.ProcessEnv) => unknown;

/** The configuration that a service of ours is built with. */
export async function loadConfigReader(root: string, service: string): Promise<ReadConfig> {
  const module: unknown = await import(join(root, service, 'dist/src/config.js'));
  return (module as { readConfig: ReadConfig }).readConfig;
}

/** The names that a configuration asks for, `X_FILE` for each `X` among them. */
export function listAsked(readConfig: ReadConfig): ReadonlySet<string> {
  const asked = new Set<string>();
  const env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get(_, name) {
        asked.add(String(name));
        return undefined;
      },
    },
  );
  try {
    readConfig(env);
  } catch {
    // It asked for everything before it missed anything: that is what readEnv promises.
  }
  return asked;
}

/** The names that shell scripts ask for and those that they set themselves. */
export async function listScriptNames(
  root: string,
  scripts: readonly string[],
): Promise<{ readonly asked: ReadonlySet<string>; readonly own: ReadonlySet<string> }> {
  const texts = await Promise.all(scripts.map((script) => readFile(join(root, script), 'utf8')));
  const code = texts.join('\n').replace(/^\s*#.*$/gm, '');
  return {
    asked: new Set([...code.matchAll(/\$\{?([A-Z][A-Z0-9_]+)/g)].map(([, name = '']) => name)),
    own: new Set([...code.matchAll(/(?:^|[\s;{(])([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name)),
  };
}

/** Names in a service's environment that nobody there knows, and names that somebody there needs and that are not set. */
export function compareNames(
  name: string,
  { environment = {} }: ComposeService,
  known: (variable: string) => boolean,
  needed: Iterable<string> = [],
): readonly string[] {
  return [
    ...Object.keys(environment)
      .filter((variable) => !known(variable))
      .map((variable) => `${name}: nobody asks for ${variable}`),
    ...[...needed]
      .filter((variable) => !(variable in environment))
      .map((variable) => `${name}: ${variable} is asked for and not set`),
  ];
}

/** The environment of a service of ours as its process gets it, its secrets in a folder that exists. */
export function toEnvironment({ environment = {} }: ComposeService, secretsDir: string): NodeJS.ProcessEnv {
  const found = Object.entries(environment).map(([name, value]) => [
    name,
    String(value).replace('/run/secrets', secretsDir),
  ]);
  return { ...Object.fromEntries(found), HOST: '127.0.0.1', INSTANCE_ID: 'some_1' };
}
