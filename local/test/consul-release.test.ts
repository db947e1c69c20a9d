import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { strToU8, zipSync } from 'fflate';
import { fetchConsulRelease, findConsulRelease } from '../src/programs/consul-release.js';
import { runCommand } from '../src/programs/run-command.js';
import { withScratch } from './scratch.js';

describe('the Consul release', () => {
  const zip = zipSync({ consul: strToU8('#!/bin/sh\necho unpacked\n'), 'LICENSE.txt': strToU8('text') });
  const sha256 = createHash('sha256').update(zip).digest('hex');
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/consul.zip' ? 200 : 404).end(zip);
  });
  let url: string;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/consul.zip`;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('becomes an executable program when its checksum is right', () =>
    withScratch(async (folder) => {
      const target = join(folder, 'consul-1');
      await fetchConsulRelease({ version: '1', url, sha256 }, target);
      expect(await runCommand(join(target, 'consul'), [])).to.equal('unpacked\n');
    }));

  it('is refused and leaves nothing when its checksum is wrong', () =>
    withScratch(async (folder) => {
      const release = { version: '1', url, sha256: sha256.replaceAll(/./g, '0') };
      const error = await fetchConsulRelease(release, join(folder, 'consul-1')).catch(
        (thrown: unknown) => thrown,
      );
      expect(String(error)).to.contain(sha256);
      expect(await readdir(folder)).to.deep.equal([]);
    }));

  it('says the status when it is not there', () =>
    withScratch(async (folder) => {
      const release = { version: '1', url: `${url}.gone`, sha256 };
      const error = await fetchConsulRelease(release, join(folder, 'consul-1')).catch(
        (thrown: unknown) => thrown,
      );
      expect(String(error)).to.contain('answered 404');
    }));

  it('is pinned for Linux and macOS on both common processors, and for nothing else', () => {
    for (const platform of ['linux', 'darwin'])
      for (const arch of ['x64', 'arm64'])
        expect(findConsulRelease(platform, arch)?.sha256).to.match(/^[0-9a-f]{64}$/);
    expect(findConsulRelease('linux', 'riscv64')).to.equal(undefined);
  });
});
