import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Import, importsIn, sourceFiles } from '../src/imports.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SERVICES = ['user-service', 'booking-service', 'etl-service', 'edge'];
/** Programs that a service brings beside itself: each has a main of its own. */
const MORE_MAINS: Readonly<Record<string, readonly string[]>> = { 'etl-service': ['src/ask/main.ts'] };

/** What of our own packages each room's code may import. */
const MAY_IMPORT: Readonly<Record<string, RegExp>> = {
  proto: /^$/,
  mesh: /^@flight\/proto\/(deadline|descriptors|google-rpc|mesh)$/,
  'user-service': /^@flight\/(mesh(\/fault)?|proto\/\w+)$/,
  'booking-service': /^@flight\/(mesh(\/fault)?|proto\/\w+)$/,
  'etl-service': /^@flight\/(mesh(\/fault)?|proto\/\w+)$/,
  edge: /^@flight\/(mesh(\/fault)?|proto\/\w+)$/,
  local: /^$/,
  bench: /^@flight\/(local|mesh|proto\/\w+|sdk(\/\w+)?)$/,
  sdk: /^@flight\/local$/,
  'sdk/typescript': /^$/,
};

function trespasses(imports: readonly Import[], allowed: (one: Import) => boolean): string[] {
  return imports.filter((one) => !allowed(one)).map(({ file, specifier }) => `${file} imports ${specifier}`);
}

function staysIn(folder: string, { target }: Import): boolean {
  return target === undefined || target.startsWith(`${folder}/`);
}

describe('the walls between the rooms', () => {
  for (const [room, ours] of Object.entries(MAY_IMPORT)) {
    it(`hold around ${room}`, async () => {
      const imports = await importsIn(ROOT, `${room}/src`);
      expect(imports).not.to.have.length(0);
      const wall = (one: Import) =>
        staysIn(room, one) && (!one.specifier.startsWith('@flight/') || ours.test(one.specifier));
      expect(trespasses(imports, wall)).to.deep.equal([]);
    });
  }

  for (const service of SERVICES) {
    it(`keep ${service}'s domain to itself, the mesh's Fault and the names of reasons`, async () => {
      const imports = await importsIn(ROOT, `${service}/src/domain`);
      expect(imports).not.to.have.length(0);
      const wall = (one: Import) =>
        one.target === undefined
          ? one.specifier === '@flight/mesh/fault' ||
            (one.specifier === '@flight/proto/reason' && one.typeOnly)
          : staysIn(`${service}/src/domain`, one);
      expect(trespasses(imports, wall)).to.deep.equal([]);
    });

    it(`keep ${service}'s api and infra apart`, async () => {
      const [api, infra] = [`${service}/src/api`, `${service}/src/infra`];
      expect(
        trespasses(await importsIn(ROOT, api), (one) => !one.target?.startsWith(`${infra}/`)),
      ).to.deep.equal([]);
      expect(
        trespasses(await importsIn(ROOT, infra), (one) => !one.target?.startsWith(`${api}/`)),
      ).to.deep.equal([]);
    });

    it(`let ${service} read its environment in one place and export nothing`, async () => {
      const readers: string[] = [];
      for (const file of await sourceFiles(join(ROOT, service, 'src'))) {
        if ((await readFile(file, 'utf8')).includes('process.env')) readers.push(relative(ROOT, file));
      }
      const mains = ['src/main.ts', ...(MORE_MAINS[service] ?? [])].map((main) => `${service}/${main}`);
      expect(readers).to.have.members(mains);
      const { exports } = JSON.parse(await readFile(join(ROOT, service, 'package.json'), 'utf8'));
      expect(exports).to.deep.equal({});
    });
  }

  it('would not hold if nobody looked: a trespass is seen', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'walls-'));
    await mkdir(join(folder, 'room/src'), { recursive: true });
    const text = `import type { A } from '../../other/src/a.js';\nexport { b } from '@flight/other';\nconst c = await import('node:fs');\n`;
    await writeFile(join(folder, 'room/src/file.ts'), text);
    const imports = await importsIn(folder, 'room/src');
    await rm(folder, { recursive: true });
    expect(imports.map(({ specifier, typeOnly }) => [specifier, typeOnly])).to.deep.equal([
      ['../../other/src/a.js', true],
      ['@flight/other', false],
      ['node:fs', false],
    ]);
    expect(trespasses(imports, (one) => staysIn('room', one))).to.deep.equal([
      'room/src/file.ts imports ../../other/src/a.js',
    ]);
  });
});
