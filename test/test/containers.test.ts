import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  BASE,
  DOCKERFILES,
  MAKE_SECRETS,
  PRODUCTION,
  ROLL,
  ROOT,
  readText,
  SCRIPTS,
} from '../src/compose/files.js';
import { isPinned } from '../src/compose/hardening.js';
import { readComposition } from '../src/compose/read-compose.js';

const run = promisify(execFile);

describe('what is in the containers', () => {
  let secretsDir: string;

  before(async () => {
    secretsDir = await mkdtemp(join(tmpdir(), 'secrets-'));
  });

  after(() => rm(secretsDir, { recursive: true, force: true }));

  it('pin the images that ours are built on', async () => {
    for (const file of DOCKERFILES) {
      const text = await readText(file);
      const stages = [...text.matchAll(/ AS (\w+)/g)].map(([, stage]) => stage);
      const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image);
      expect(bases.filter((image) => !stages.includes(image) && !isPinned(image))).to.deep.equal([]);
      expect(bases.some(isPinned)).to.equal(true);
    }
  });

  it('are built of what a build may see', async () => {
    const seen = [...(await readText('.dockerignore')).matchAll(/^!(\S+)$/gm)].map(([, path = '']) => path);
    for (const file of DOCKERFILES) {
      const copied = [...(await readText(file)).matchAll(/^COPY (?!.*--from)(?:--\S+ )*(.+) \S+$/gm)];
      const paths = copied.flatMap(([, sources = '']) => sources.split(' '));
      expect(paths, file).not.to.have.length(0);
      const isSeen = (path: string) => seen.some((one) => path === one || path.startsWith(`${one}/`));
      expect(paths.filter((path) => !isSeen(path))).to.deep.equal([]);
    }
  });

  it('make each secret once, and leave it as it is afterwards', async () => {
    await run('sh', [join(ROOT, MAKE_SECRETS), secretsDir]);
    const made = await readdir(secretsDir);
    const contents = () => Promise.all(made.map((name) => readFile(join(secretsDir, name), 'utf8')));
    const first = await contents();
    expect(new Set(first)).to.have.property('size', made.length);
    expect(first.every((secret) => /^[A-Za-z0-9]{48}$/.test(secret))).to.equal(true);
    await run('sh', [join(ROOT, MAKE_SECRETS), secretsDir]);
    expect(await contents()).to.deep.equal(first);
    const production = await readComposition(ROOT, [BASE, PRODUCTION], { SECRETS_DIR: secretsDir });
    expect(Object.keys(production.secrets)).to.have.members(made);
  });

  it('start scripts that a shell can read and may execute', async () => {
    for (const script of [...Object.values(SCRIPTS).flat(), MAKE_SECRETS, ROLL]) {
      await run('sh', ['-n', join(ROOT, script)]);
      expect((await stat(join(ROOT, script))).mode & 0o111, script).to.equal(0o111);
    }
  });

  it('name an instance after its container, whose number no other container has', async () => {
    const file = pathToFileURL(join(ROOT, 'deploy/node/own-place.mjs')).href;
    const place = (await import(file)) as {
      toInstance(containerName: string, service: string): string | undefined;
      findAddress(interfaces: Record<string, readonly object[]>): string;
    };
    expect(place.toInstance('flight-booking-user-service-2.flight-booking_default', 'user-service')).to.equal(
      'user_service_2',
    );
    expect(place.toInstance('my-edge-7-edge-12.my-edge-7_default', 'edge')).to.equal('edge_12');
    expect(place.toInstance('flight-booking_edge_1', 'edge')).to.equal('edge_1');
    expect(place.toInstance('flight-booking-user-service-2.flight-booking_default', 'edge')).to.equal(
      undefined,
    );
    expect(place.toInstance('0123456789ab', 'edge')).to.equal(undefined);
    const at = (address: string) => ({ address, family: 'IPv4', internal: address === '127.0.0.1' });
    expect(place.findAddress({ lo: [at('127.0.0.1')], eth0: [at('172.18.0.9')] })).to.equal('172.18.0.9');
    expect(() => place.findAddress({ lo: [at('127.0.0.1')] })).to.throw(/0 addresses/);
    expect(() => place.findAddress({ one: [at('172.18.0.9')], two: [at('172.19.0.9')] })).to.throw(
      /2 addresses/,
    );
  });
});
