import { buildPackage, LANGUAGES, type Language } from './built.js';
import { thisPlace } from './place.js';

// Builds the packages that are named, all when none is. One whose toolchain is absent is left out loudly, and fails where CI is set.
const place = await thisPlace();
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !LANGUAGES.some((language) => language === name));
if (unknown !== undefined) throw new Error(`there is no package for ${unknown}: ${LANGUAGES.join(', ')}`);

async function build(language: Language): Promise<void> {
  const built = await buildPackage(place, language);
  if ('path' in built) return console.log(`sdk: ${language}: ${built.path}`);
  console.error(`sdk: ${language}: SKIPPED: ${built.missing}`);
  if (place.environment.CI) process.exitCode = 1;
}

await Promise.all((wanted.length > 0 ? (wanted as Language[]) : LANGUAGES).map(build));
