import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildGo } from './build-go.js';
import { buildPython } from './build-python.js';
import { buildTypeScript } from './build-typescript.js';
import { MissingToolchain } from './missing-toolchain.js';
import type { Place } from './place.js';
import { readIfThere } from './read-if-there.js';

/** A language that there is a package for. */
export type Language = 'typescript' | 'go' | 'python';

/** What came of building a language's package: its path, or why there is none. */
export type Built = { readonly path: string } | { readonly missing: string };

const BUILDS: Readonly<Record<Language, (place: Place) => Promise<string>>> = {
  typescript: buildTypeScript,
  go: buildGo,
  python: buildPython,
};

export const LANGUAGES = Object.keys(BUILDS) as readonly Language[];

/** Builds a package anew and notes what came of it. @throws Error when the build fails, rather than its toolchain */
export async function buildPackage(place: Place, language: Language): Promise<Built> {
  const before = await readBuilt(place, language);
  if (before && 'path' in before) await rm(before.path, { recursive: true, force: true });
  const built = await BUILDS[language](place).then(
    (path): Built => ({ path }),
    (error: unknown): Built => {
      if (error instanceof MissingToolchain) return { missing: error.message };
      throw error;
    },
  );
  await mkdir(place.packages, { recursive: true });
  await writeFile(noteOf(place, language), JSON.stringify(built));
  return built;
}

/** What came of the last build; undefined when there was none. */
export async function readBuilt(place: Place, language: Language): Promise<Built | undefined> {
  const note = await readIfThere(noteOf(place, language));
  return note === undefined ? undefined : JSON.parse(note);
}

function noteOf({ packages }: Place, language: Language): string {
  return join(packages, `.${language}.json`);
}
