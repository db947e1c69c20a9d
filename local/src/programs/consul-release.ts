import { createHash } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { makeFolder } from './make-folder.js';

export interface ConsulRelease {
  readonly version: string;
  readonly url: string;
  /** Of the zip, hexadecimal. */
  readonly sha256: string;
}

const VERSION = '1.16.3';

/** HashiCorp's own checksums, as in its homebrew-tap formula for this version: the last line under the MPL. */
const CHECKSUMS: Readonly<Record<string, string>> = {
  linux_amd64: '9d0d7ad123844d43543d285cc0b3e15393d75ffa384bf84e5d64226a7f3d3132',
  linux_arm64: '349d1a996349ee496d389464884a10bf0899bd46b2820bf6fc1dc29c49caa50b',
  darwin_amd64: '41c0a5021b206bad915074dec383bb806725640b2c818fda140d0616b4e89546',
  darwin_arm64: '290a53459d9719a9e31eebdb1fe99953b2811b969a432ba82c0e38fd01a10bdd',
};

/** The pinned official release for a platform, or undefined where HashiCorp publishes none that we pinned. */
export function findConsulRelease(platform: string, arch: string): ConsulRelease | undefined {
  const target = `${platform}_${arch === 'x64' ? 'amd64' : arch}`;
  const sha256 = CHECKSUMS[target];
  if (sha256 === undefined) return undefined;
  const url = `https://releases.hashicorp.com/consul/${VERSION}/consul_${VERSION}_${target}.zip`;
  return { version: VERSION, url, sha256 };
}

/**
 * Downloads, verifies and unpacks the release as `<folder>/consul`.
 * @throws Error when the site can't be reached within 5 s, the download takes over 3 minutes, or a checksum differs
 */
export async function fetchConsulRelease(release: ConsulRelease, folder: string): Promise<void> {
  const zip = await download(release.url);
  const sha256 = createHash('sha256').update(zip).digest('hex');
  if (sha256 !== release.sha256) throw new Error(`${release.url} has the checksum ${sha256}, not ours`);
  const program = unzipSync(zip, { filter: (file) => file.name === 'consul' }).consul;
  if (!program) throw new Error(`${release.url} holds no consul`);
  await makeFolder(folder, async (draft) => {
    await writeFile(join(draft, 'consul'), program);
    await chmod(join(draft, 'consul'), 0o755);
    await chmod(draft, 0o755);
  });
}

async function download(url: string): Promise<Uint8Array> {
  const tooSlow = new AbortController();
  const connectTimer = setTimeout(() => tooSlow.abort(new Error('no answer within 5 s')), 5_000);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([tooSlow.signal, AbortSignal.timeout(180_000)]),
    });
    clearTimeout(connectTimer);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(cause instanceof Error ? cause.message : String(cause), { cause: error });
  } finally {
    clearTimeout(connectTimer);
  }
}
