import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
/** buf itself: what node_modules/.bin has starts Node first. */
const BUF = createRequire(import.meta.url).resolve(
  `@bufbuild/buf-${process.platform}-${process.arch}/bin/buf`,
);

/** What `proto/breaking.sh` said, and how it ended. */
export interface Verdict {
  readonly status: number | null;
  readonly output: string;
}

/** A folder with the contracts, what checks them, and a history of its own. */
export class ContractRepository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The contracts as they are here, without any history. The folder goes with `remove`. */
  static async copy(): Promise<ContractRepository> {
    const folder = await mkdtemp(join(tmpdir(), 'contracts-'));
    await cp(join(CHECKOUT, 'buf.yaml'), join(folder, 'buf.yaml'));
    await cp(join(CHECKOUT, 'proto/breaking.sh'), join(folder, 'proto/breaking.sh'));
    for (const name of ['flight', 'google', 'grpc', 'golden'])
      await cp(join(CHECKOUT, 'proto', name), join(folder, 'proto', name), { recursive: true });
    return new ContractRepository(folder);
  }

  /** The same with one commit, on main. */
  static async commit(): Promise<ContractRepository> {
    const repository = await ContractRepository.copy();
    await repository.git('init', '--quiet', '--initial-branch=main');
    await repository.save('the contracts');
    return repository;
  }

  /** Another clone of it beside it, in a folder that goes with `remove` of that one. */
  async clone(...options: readonly string[]): Promise<ContractRepository> {
    const folder = await mkdtemp(join(tmpdir(), 'contracts-'));
    await this.git('clone', '--quiet', ...options, `file://${this.folder}`, folder);
    return new ContractRepository(folder);
  }

  async git(...words: readonly string[]): Promise<void> {
    const { status, output } = await run('git', words, this.folder, {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'author',
      GIT_AUTHOR_EMAIL: 'author@example.com',
      GIT_COMMITTER_NAME: 'author',
      GIT_COMMITTER_EMAIL: 'author@example.com',
    });
    if (status !== 0) throw new Error(`git ${words.join(' ')}: ${output}`);
  }

  /** Commits whatever is there. */
  async save(message: string): Promise<void> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
  }

  /** Takes back what was not committed. */
  async restore(): Promise<void> {
    await this.git('reset', '--quiet', '--hard');
    await this.git('clean', '--quiet', '-fd');
  }

  /** Writes something else in a file of proto/flight. @throws Error when the file does not have it */
  async edit(file: string, what: string | RegExp, instead: string): Promise<void> {
    const path = join(this.folder, 'proto/flight', file);
    const before = await readFile(path, 'utf8');
    const after = before.replace(what, instead);
    if (after === before) throw new Error(`${file} has no ${what}`);
    await writeFile(path, after);
  }

  /** Takes something out of a file of proto/flight. @throws Error when the file does not have it */
  async cut(file: string, what: RegExp): Promise<string> {
    const text = await readFile(join(this.folder, 'proto/flight', file), 'utf8');
    await this.edit(file, what, '');
    return what.exec(text)?.[0] ?? '';
  }

  /** Writes more at the end of a file of proto/flight. */
  append(file: string, text: string): Promise<void> {
    return writeFile(join(this.folder, 'proto/flight', file), text, { flag: 'a' });
  }

  /** `make breaking` there. */
  check(environment: Readonly<Record<string, string>> = {}): Promise<Verdict> {
    return run('sh', ['proto/breaking.sh'], this.folder, { BUF, ...environment });
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs a program without the settings that this very run may have for git and for `make breaking`. */
function run(
  program: string,
  words: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Verdict> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('GIT_') && name !== 'AGAINST',
  );
  const child = spawn(program, words, {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
