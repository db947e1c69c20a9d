import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ContractRepository } from './contract-repository.js';

const FILE = 'user/v1/user.proto';

/** Adds a field, which a later change can break. */
function addField(contracts: ContractRepository, name: string, number: number): Promise<void> {
  return contracts.edit(FILE, 'string email = 3;', `string email = 3;\n  string ${name} = ${number};`);
}

describe('make breaking compares', function () {
  // Each starts buf and git several times.
  this.timeout(60_000);
  const opened: ContractRepository[] = [];
  const opening = async (repository: Promise<ContractRepository>): Promise<ContractRepository> => {
    opened.push(await repository);
    return repository;
  };
  const open = () => opening(ContractRepository.commit());
  afterEach(() => Promise.all(opened.splice(0).map((repository) => repository.remove())));

  async function expectSaid(contracts: ContractRepository, words: string, status: number): Promise<void> {
    const verdict = await contracts.check();
    expect(verdict.output).to.include(words);
    expect(verdict.status).to.equal(status);
  }

  it('with the newest release, whatever other tags there are', async () => {
    const contracts = await open();
    await contracts.git('tag', 'v1.0.0');
    await addField(contracts, 'phone', 90);
    await contracts.save('a phone');
    await contracts.git('tag', 'v1.1.0');
    await addField(contracts, 'gate', 91);
    await contracts.save('a gate');
    await contracts.git('tag', 'docs-7');
    await expectSaid(contracts, 'nothing breaks; compared with the release v1.1.0', 0);
    // What was never released may go again, what was released may not.
    await contracts.edit(FILE, '  string gate = 91;\n', '');
    await expectSaid(contracts, 'nothing breaks; compared with the release v1.1.0', 0);
    await contracts.edit(FILE, '  string phone = 90;\n', '');
    await expectSaid(contracts, 'FAILED, compared with the release v1.1.0', 1);
  });

  it('a release with the one before, until something is changed', async () => {
    const contracts = await open();
    await contracts.git('tag', 'v1.0.0');
    await contracts.edit(FILE, 'string email = 3;', 'string mail = 3;');
    await contracts.save('a shorter name');
    await contracts.git('tag', 'v1.1.0');
    await expectSaid(contracts, 'FAILED, compared with the release v1.0.0', 1);
    await contracts.append(FILE, 'message Passport {}\n');
    await expectSaid(contracts, 'nothing breaks; compared with the release v1.1.0', 0);
  });

  it('a branch with where it left main, as main is here or at the origin', async () => {
    const contracts = await open();
    await contracts.git('checkout', '--quiet', '-b', 'work');
    await contracts.edit(FILE, 'string email = 3;', 'string mail = 3;');
    await contracts.save('a shorter name');
    await contracts.append(FILE, 'message Passport {}\n');
    await contracts.save('more');
    await expectSaid(contracts, 'FAILED, compared with where this left main (', 1);
    const clone = await opening(contracts.clone());
    await expectSaid(clone, 'FAILED, compared with where this left origin/main (', 1);
  });

  it('main, when nothing was released, with what was before the last change of the contracts', async () => {
    const contracts = await open();
    await contracts.edit(FILE, 'string email = 3;', 'string mail = 3;');
    await contracts.save('a shorter name');
    await contracts.git('commit', '--quiet', '--allow-empty', '--message', 'something else');
    await expectSaid(
      contracts,
      'FAILED, compared with what was before the last change of the contracts (',
      1,
    );
    await contracts.append(FILE, 'message Passport {}\n');
    await contracts.save('an addition');
    await expectSaid(contracts, 'nothing breaks; compared with what was before the last change', 0);
  });

  it('with what it is told to', async () => {
    const contracts = await open();
    await addField(contracts, 'phone', 90);
    await contracts.save('a phone');
    await contracts.edit(FILE, '  string phone = 90;\n', '');
    await contracts.save('no phone');
    const before = await contracts.check({ AGAINST: 'HEAD~2' });
    expect(before).to.deep.include({ status: 0 });
    expect(before.output).to.include('nothing breaks; compared with HEAD~2, as told');
    expect(await contracts.check({ AGAINST: 'HEAD~1' })).to.deep.include({ status: 1 });
    expect(await contracts.check({ AGAINST: 'v9.9.9' }), 'a release that is none').to.deep.include({
      status: 1,
    });
  });

  it('in a linked worktree as well', async () => {
    const contracts = await open();
    const worktree = new ContractRepository(`${contracts.folder}/worktree`);
    await contracts.git('worktree', 'add', '--quiet', '-b', 'work', worktree.folder);
    await worktree.edit(FILE, 'string email = 3;', 'string mail = 3;');
    await worktree.save('a shorter name');
    await expectSaid(worktree, 'FAILED, compared with where this left main (', 1);
  });
});

describe('make breaking says that it compares nothing', function () {
  this.timeout(60_000);
  const opened: ContractRepository[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((repository) => repository.remove())));

  async function expectSkipped(repository: ContractRepository, why: string): Promise<void> {
    const { status, output } = await repository.check();
    expect(output).to.include('SKIPPED, nothing was compared: ').and.to.include(why);
    expect(status).to.equal(0);
  }

  it('outside git, and inside of a repository that is another one', async () => {
    const folder = await ContractRepository.copy();
    opened.push(folder);
    await expectSkipped(folder, 'no git work tree');
    const other = await ContractRepository.commit();
    opened.push(other);
    const inner = new ContractRepository(join(other.folder, 'vendored'));
    await mkdir(inner.folder);
    await other.git('mv', 'buf.yaml', 'proto', 'vendored');
    await expectSkipped(inner, 'no git work tree');
  });

  it('where the history does not reach back far enough, and how to have more of it', async () => {
    const contracts = await ContractRepository.commit();
    opened.push(contracts);
    await expectSkipped(contracts, 'these contracts are the first');
    await contracts.append(FILE, 'message Passport {}\n');
    await contracts.save('an addition');
    const shallow = await contracts.clone('--depth', '1');
    opened.push(shallow);
    await expectSkipped(shallow, 'git fetch --unshallow --tags');
  });
});
