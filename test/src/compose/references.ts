import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComposeService, Composition } from './read-compose.js';

/** Everything that the files name and that must exist elsewhere: services, volumes, secrets, files and folders of the checkout. */
export async function findLooseEnds(root: string, composition: Composition): Promise<readonly string[]> {
  const { services, volumes, secrets } = composition;
  const entries = Object.entries(services);
  const mounts = entries.flatMap(([name, { volumes: mounted = [] }]) =>
    mounted.map((mount) => ({ name, source: mount.split(':')[0] ?? '' })),
  );
  const named = mounts.filter(({ source }) => !source.startsWith('.'));
  const given = entries.flatMap(([name, { secrets: list = [] }]) => list.map((source) => ({ name, source })));
  const paths = [
    ...mounts.filter(({ source }) => source.startsWith('.')),
    ...(await Promise.all(entries.map((entry) => listBuildPaths(root, entry)))).flat(),
  ];
  return [
    ...entries.flatMap(([name, { depends_on = {} }]) =>
      Object.keys(depends_on)
        .filter((other) => !(other in services))
        .map((other) => `${name} waits for ${other}, which is no service`),
    ),
    ...named
      .filter(({ source }) => !(source in volumes))
      .map(({ name, source }) => `${name}: no volume ${source}`),
    ...given
      .filter(({ source }) => !(source in secrets))
      .map(({ name, source }) => `${name}: no secret ${source}`),
    ...listUnused('volume', volumes, named),
    ...listUnused('secret', secrets, given),
    ...(await listMissing(root, paths)),
  ];
}

interface Mention {
  readonly name: string;
  readonly source: string;
}

function listUnused(kind: string, declared: Readonly<Record<string, unknown>>, mentions: readonly Mention[]) {
  const used = new Set(mentions.map(({ source }) => source));
  return Object.keys(declared)
    .filter((name) => !used.has(name))
    .map((name) => `nobody uses the ${kind} ${name}`);
}

/** The Dockerfile of a service and whatever it copies out of the checkout. */
async function listBuildPaths(
  root: string,
  [name, { build }]: readonly [string, ComposeService],
): Promise<Mention[]> {
  if (!build) return [];
  const text = await readFile(join(root, build.context, build.dockerfile), 'utf8');
  const copied = [...text.matchAll(/^COPY (?!.*--from)(?:--\S+ )*(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );
  // Of a pattern the folder that it looks in.
  return copied.map((source) => ({ name, source: join(build.context, source.replace(/\/[^/]*\*.*$/, '')) }));
}

async function listMissing(root: string, paths: readonly Mention[]): Promise<string[]> {
  const missing = await Promise.all(
    paths.map(async ({ name, source }) =>
      (await access(join(root, source)).then(
        () => true,
        () => false,
      ))
        ? []
        : [`${name}: there is no ${source}`],
    ),
  );
  return missing.flat();
}

/** The files that containers get secrets in, and whether the secret is there. */
export function findSecretGaps(
  { services, secrets }: Composition,
  made: readonly string[],
): readonly string[] {
  return Object.entries(services).flatMap(
    ([name, { environment = {}, secrets: given = [], volumes = [] }]) => {
      const wanted = Object.entries(environment).flatMap(([variable, value]) =>
        String(value).startsWith('/run/secrets/') ? [{ variable, secret: String(value).slice(13) }] : [],
      );
      const sharesAll = volumes.some((mount) => mount.startsWith('secrets:/run/secrets'));
      const has = (secret: string) => (sharesAll ? made.includes(secret) : given.includes(secret));
      return [
        ...wanted
          .filter(({ secret }) => !has(secret))
          .map(
            ({ variable, secret }) => `${name}: ${variable} names the secret ${secret}, which is not there`,
          ),
        ...given
          .filter((secret) => !wanted.some((one) => one.secret === secret))
          .map((secret) => `${name} is given the secret ${secret}, which it does not ask for`),
        ...given.filter((secret) => !secrets[secret]?.file).map((secret) => `${secret} comes from no file`),
        ...Object.keys(environment)
          .filter((variable) => /PASSWORD|SECRET|TOKEN/.test(variable) && !/_FILE$/.test(variable))
          .map((variable) => `${name}: ${variable} stands in the environment itself`),
      ];
    },
  );
}
