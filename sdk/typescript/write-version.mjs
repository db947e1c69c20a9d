// The version stands in sdk/package.json; the code of this package reads it from here.
import { readFile, writeFile } from 'node:fs/promises';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const text = `/** The version of this package. */\nexport const VERSION = '${version}';\n`;
await writeFile(new URL('gen/version.ts', import.meta.url), text);
