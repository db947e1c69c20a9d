import { expect } from 'chai';
import type { ServerAccount } from '../src/processes/server-account.js';
import { toShieldedCommand } from '../src/processes/shielded-command.js';

describe('a shielded command', () => {
  const account: ServerAccount = { name: 'postgres', uid: 101, gid: 104 };

  it('asks the kernel to end it with the launcher', () => {
    expect(toShieldedCommand('server', ['-x'], '/setpriv', { deathSignal: 'KILL' })).to.deep.equal({
      command: '/setpriv',
      args: ['--pdeathsig=KILL', '--', 'server', '-x'],
    });
  });

  it('changes the account, and lets it pass closed folders only where it must', () => {
    const changed = ['--reuid=101', '--regid=104', '--clear-groups'];
    const passage = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
    expect(toShieldedCommand('server', [], '/setpriv', { account }).args).to.deep.equal([
      ...changed,
      '--',
      'server',
    ]);
    expect(
      toShieldedCommand('server', [], '/setpriv', { account: { ...account, passage: 'dac_read_search' } })
        .args,
    ).to.deep.equal([...changed, ...passage, '--', 'server']);
  });

  it('leaves the account to spawn where there is no setpriv', () => {
    expect(toShieldedCommand('server', ['-x'], undefined, { account, deathSignal: 'INT' })).to.deep.equal({
      command: 'server',
      args: ['-x'],
      ids: { uid: 101, gid: 104 },
    });
  });
});
