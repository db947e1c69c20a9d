import { expect } from 'chai';
import {
  type Candidate,
  findPrimary,
  listForRead,
  parseStandbyNames,
  type ServerRole,
  type Turn,
} from '../../src/postgres/server-role.js';

const replica: ServerRole = { kind: 'replica', following: true, lagSeconds: 0 };
const away: ServerRole = { kind: 'away' };

function primary(timeline: number, ...synchronous: string[]): ServerRole {
  return { kind: 'primary', timeline, acknowledges: true, synchronous };
}

function server(name: string, role: ServerRole, more: Partial<Candidate> = {}): Candidate {
  return { name, role, suspect: false, load: 0, ...more };
}

/** Those that may be behind are in brackets. */
const namesOf = (turns: readonly Turn<Candidate>[]) =>
  turns.map(({ server: { name }, current }) => (current ? name : `(${name})`));

describe('the roles of database servers', () => {
  it('sends writes to the primary of the highest timeline, for an older one was replaced', () => {
    const servers = [server('a', primary(3)), server('b', primary(4)), server('c', replica)];
    expect(findPrimary(servers)?.name).to.equal('b');
  });

  it('sends writes nowhere while nobody says that it is the primary', () => {
    expect(findPrimary([server('a', away), server('b', replica)])).to.equal(undefined);
  });

  it('sends reads, not writes, to a primary that waits for standbys it has not', () => {
    const alone: ServerRole = { kind: 'primary', timeline: 1, acknowledges: false, synchronous: [] };
    expect(findPrimary([server('a', alone)])).to.equal(undefined);
    expect(namesOf(listForRead([server('a', alone)], 'primaryPreferred'))).to.deep.equal(['a']);
  });

  it('asks the primary first for a read that says nothing else, and then synchronous replicas', () => {
    const servers = [server('c', replica), server('b', replica), server('a', primary(1, 'b'))];
    expect(namesOf(listForRead(servers, 'primaryPreferred'))).to.deep.equal(['a', 'b', '(c)']);
  });

  it('asks the less busy of two synchronous replicas first, and the primary last', () => {
    const servers = [
      server('a', primary(1, 'b', 'c')),
      server('b', replica, { load: 3 }),
      server('c', replica, { load: 1 }),
    ];
    expect(namesOf(listForRead(servers, 'replicaPreferred'))).to.deep.equal(['c', 'b', 'a']);
  });

  it('asks a replica that commits do not wait for only as a last resort', () => {
    const servers = [server('a', primary(1)), server('b', replica)];
    expect(namesOf(listForRead(servers, 'replicaPreferred'))).to.deep.equal(['a', '(b)']);
  });

  it('asks a replica that hears no primary only as a last resort', () => {
    const servers = [server('a', primary(1, 'b')), server('b', { ...replica, following: false })];
    expect(namesOf(listForRead(servers, 'replicaPreferred'))).to.deep.equal(['a', '(b)']);
  });

  it('asks who failed a moment ago last', () => {
    const servers = [server('a', primary(1, 'b'), { suspect: true }), server('b', replica)];
    expect(namesOf(listForRead(servers, 'primaryPreferred'))).to.deep.equal(['b', 'a']);
  });

  it('asks any replica while there is no primary', () => {
    const servers = [server('a', away), server('b', replica), server('c', { ...replica, following: false })];
    expect(namesOf(listForRead(servers, 'primaryPreferred'))).to.deep.equal(['(b)', '(c)']);
  });
});

describe('synchronous_standby_names', () => {
  for (const [setting, names] of [
    ['', []],
    ['user_db_2', ['user_db_2']],
    ['2 (user_db_2,"user-db.3")', ['user_db_2', 'user-db.3']],
    ['FIRST 2 (a, b)', ['a', 'b']],
    ['FIRST 1 (a, b)', ['a']],
    ['a, b', ['a']],
    ['ANY 2 (a, b)', ['a', 'b']],
    ['ANY 1 (a, b)', []],
    ['*', []],
  ] as const)
    it(`of ${setting === '' ? 'nothing' : setting} makes commits wait for ${names.join(' and ') || 'nobody by name'}`, () => {
      expect(parseStandbyNames(setting)).to.deep.equal(names);
    });
});
