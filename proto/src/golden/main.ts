import { writeFile } from 'node:fs/promises';
import { readDescriptorSet } from '../descriptors.js';
import { createContracts } from '../registry.js';
import { renderGoldenFiles } from './golden-files.js';
import { readGoldenText, toGoldenUrl } from './golden-folder.js';

// Appends to proto/golden what its samples don't show yet. `make golden`.
const contracts = createContracts(await readDescriptorSet());
for (const [name, text] of await renderGoldenFiles(contracts, readGoldenText))
  await writeFile(toGoldenUrl(name), text);
