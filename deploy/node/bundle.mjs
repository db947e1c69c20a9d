// Bundles the services into dist/: one file each, and the files that they share. Node takes 0.7 s of CPU time less to load those than
// to load 600 modules. `node deploy/node/bundle.mjs`, from the root of the checkout, after `tsc -b`; does nothing while the bundles
// are up to date. See docs/adr/0024-bundled-services.md.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const SERVICES = ['user-service', 'booking-service', 'etl-service', 'edge'];
const OUT = join(process.cwd(), 'dist');
/** The modules of the last bundles, one path each. Its time is theirs. */
const STAMP = join(OUT, 'inputs.json');
/** Loaded from node_modules as ever: the one has a native part, the other is a list of words that few configurations need. */
const EXTERNAL = ['@node-rs/argon2', '@zxcvbn-ts/language-common'];

/** What modules get in the place of `require`, `import.meta.url`, `__dirname` and `__filename`. */
const BANNER = `
import { createRequire as $createRequire } from 'node:module';
import { fileURLToPath as $fileUrlToPath } from 'node:url';
const require = $createRequire(import.meta.url);
const $urlOf = (place) => new URL(place, import.meta.url).href;
const $pathOf = (place) => $fileUrlToPath($urlOf(place));`;

/** Lets each module find the files that lie beside it, although its code has moved. */
const keepPlaces = {
  name: 'keep places',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?js$/ }, async ({ path }) => {
      const place = relative(OUT, path);
      const contents = (await readFile(path, 'utf8'))
        .replaceAll('import.meta.url', `$urlOf(${JSON.stringify(place)})`)
        .replaceAll(/\b__dirname\b/g, `$pathOf(${JSON.stringify(dirname(place))})`)
        .replaceAll(/\b__filename\b/g, `$pathOf(${JSON.stringify(place)})`);
      return { contents };
    });
  },
};

/** Whether the bundles are newer than every module in them. */
async function areCurrent() {
  try {
    const { mtimeMs } = await stat(STAMP);
    const modules = JSON.parse(await readFile(STAMP, 'utf8'));
    const inputs = ['deploy/node/bundle.mjs', 'package-lock.json', ...modules];
    const times = await Promise.all(inputs.map(async (input) => (await stat(input)).mtimeMs));
    return times.every((time) => time < mtimeMs);
  } catch {
    // There are none, or a module of theirs is gone.
    return false;
  }
}

/** Writes each file in one step, since processes may start meanwhile, and removes those of earlier bundles. */
async function write(files) {
  await mkdir(OUT, { recursive: true });
  for (const [path, contents] of files) {
    await writeFile(`${path}.new`, contents);
    await rename(`${path}.new`, path);
  }
  const written = new Set(files.map(([path]) => basename(path)));
  for (const name of await readdir(OUT)) if (!written.has(name)) await rm(join(OUT, name));
}

if (!(await areCurrent())) {
  const { outputFiles, metafile } = await build({
    entryPoints: SERVICES.map((service) => ({ in: join(service, 'dist/src/main.js'), out: service })),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // What several share is in one file, and what is imported only when it is needed, such as OpenTelemetry, in another.
    splitting: true,
    external: EXTERNAL,
    sourcemap: true,
    sourcesContent: false,
    banner: { js: BANNER },
    plugins: [keepPlaces],
    logLevel: 'warning',
    outdir: OUT,
    metafile: true,
    write: false,
  });
  await write([
    ...outputFiles.map(({ path, contents }) => [path, contents]),
    [STAMP, JSON.stringify(Object.keys(metafile.inputs))],
  ]);
}
