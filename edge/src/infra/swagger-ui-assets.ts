import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Reads the parts of Swagger UI that the documentation's page needs, from the package. */
export async function readSwaggerUi(): Promise<{ readonly stylesheet: string; readonly bundle: string }> {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const [stylesheet, bundle] = await Promise.all(
    ['swagger-ui.css', 'swagger-ui-bundle.js'].map((file) => readFile(join(folder, file), 'utf8')),
  );
  if (stylesheet === undefined || bundle === undefined) throw new Error('swagger-ui-dist is not complete');
  return { stylesheet, bundle };
}
