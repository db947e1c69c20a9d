import { type Language, readBuilt } from '../../../src/built.js';
import { thisPlace } from '../../../src/place.js';

/**
 * The package that `make sdk` built. Where its toolchain is absent the test is skipped; where CI is set, that is a failure.
 *
 * @throws Error when `make sdk` has not been run
 */
export async function builtOrSkipped(context: Mocha.Context, language: Language): Promise<string> {
  const place = await thisPlace();
  const built = await readBuilt(place, language);
  if (built === undefined) throw new Error(`there is no package for ${language} yet: make sdk`);
  if ('path' in built) return built.path;
  if (place.environment.CI) throw new Error(built.missing);
  console.error(`SKIPPED: ${built.missing}`);
  return context.skip();
}
