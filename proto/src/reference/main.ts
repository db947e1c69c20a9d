import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { readDescriptorSet } from '../descriptors.js';
import { createContracts } from '../registry.js';
import { renderReference } from './reference.js';

// Writes docs/api, and nothing else is there afterwards. `make api-docs`.
const folder = new URL('../../../../docs/api/', import.meta.url);
await mkdir(folder, { recursive: true });
const pages = renderReference(createContracts(await readDescriptorSet()));
for (const file of await readdir(folder)) if (!pages.has(file)) await rm(new URL(file, folder));
for (const [file, text] of pages) await writeFile(new URL(file, folder), text);
