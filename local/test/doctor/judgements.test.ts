import { expect } from 'chai';
import { judgeConsul, type ObservedConsul } from '../../src/doctor/consul-checks.js';
import { judgeDatabase } from '../../src/doctor/database-checks.js';
import { type Finding, formatFinding } from '../../src/doctor/finding.js';
import { judgeLogs } from '../../src/doctor/log-checks.js';
import { parseLogLines, toBreakerLines } from '../../src/doctor/log-lines.js';
import { judgeMachine } from '../../src/doctor/machine-checks.js';
import { judgeMesh } from '../../src/doctor/mesh-checks.js';
import { judgePatroni, type ObservedPatroni } from '../../src/doctor/patroni-checks.js';
import { judgeProcesses } from '../../src/doctor/process-checks.js';
import { toMissing } from '../../src/doctor/readiness-checks.js';
import { judgeRedis } from '../../src/doctor/redis-checks.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');

/** `fail node`, `ok disk` … */
function levels(findings: readonly Finding[]): string[] {
  return findings.map(({ level, part }) => `${level} ${part}`);
}

describe('the doctor, of a machine,', () => {
  const machine = {
    nodeVersion: '22.1.0',
    dataDir: '/data',
    freeBytes: 9 * 1024 ** 3,
    now: NOW,
    startedAt: [NOW - 5],
  };

  it('finds nothing wrong with a good one', () => {
    expect(levels(judgeMachine(machine))).to.deep.equal(['ok node', 'ok disk', 'ok clock']);
  });

  it('finds a Node that is too old', () => {
    for (const nodeVersion of ['18.20.0', '20.18.9'])
      expect(levels(judgeMachine({ ...machine, nodeVersion }))).to.include('fail node');
    expect(levels(judgeMachine({ ...machine, nodeVersion: '20.19.0' }))).to.include('ok node');
  });

  it('warns of a disk that fills up before it is full', () => {
    expect(levels(judgeMachine({ ...machine, freeBytes: 500 * 1024 ** 2 }))).to.include('warn disk');
    expect(levels(judgeMachine({ ...machine, freeBytes: 50 * 1024 ** 2 }))).to.include('fail disk');
  });

  it('finds a clock that was set back', () => {
    expect(levels(judgeMachine({ ...machine, startedAt: [NOW + 60_000] }))).to.include('fail clock');
  });
});

describe('the doctor, of what it observed,', () => {
  it("finds a stranger on a process' port", () => {
    const process = { id: 'edge_1', address: '127.0.0.1:4000', isFrozen: false, logFile: '/log' };
    const [finding] = judgeProcesses([{ ...process, pid: undefined, isAccepting: true }]);
    expect(formatFinding(finding as Finding, false)).to.match(/^FAIL {2}edge_1: .*another program.*ss -ltnp/);
  });

  it('finds a Consul without a leader', () => {
    const consul: ObservedConsul = { url: 'http://c', leader: '', catalog: [], expected: [] };
    expect(levels(judgeConsul(consul))).to.deep.equal(['fail consul']);
  });

  it('finds a schema that is older than the checkout, warns of one that is newer', () => {
    const place = { service: 'user-db', address: 'a:1', server: 'postgres' };
    const database = { ...place, ailment: undefined, newest: 3 };
    expect(levels(judgeDatabase({ ...database, version: 3 }))).to.deep.equal(['ok user-db']);
    expect(levels(judgeDatabase({ ...database, version: 2 }))).to.deep.equal(['fail user-db']);
    expect(levels(judgeDatabase({ ...database, version: undefined }))).to.deep.equal(['fail user-db']);
    expect(levels(judgeDatabase({ ...database, version: 4 }))).to.deep.equal(['warn user-db']);
  });

  it('finds a cluster of Redis that lost slots', () => {
    const redis = { address: 'a:1', ailment: undefined };
    const [one, two] = [
      { ...redis, id: 'redis_1', clusterState: 'ok' },
      { ...redis, id: 'redis_2', clusterState: 'ok' },
    ];
    expect(levels(judgeRedis([one, two]))).to.deep.equal(['ok redis']);
    expect(levels(judgeRedis([one, { ...two, clusterState: 'fail' }]))).to.deep.equal(['fail redis_2']);
    expect(levels(judgeRedis([{ ...one, ailment: 'gone' }, two]))).to.deep.equal(['fail redis_1']);
  });

  it('says who leads a Patroni cluster, and finds the standby that acknowledges nothing', () => {
    const standby = { role: 'sync_standby', state: 'running', timeline: 3, lag: 0 } as const;
    const leader = { name: 'db_1', role: 'leader', state: 'running', timeline: 3, lag: undefined } as const;
    const [two, three] = [
      { ...standby, name: 'db_2' },
      { ...standby, name: 'db_3' },
    ];
    const judge = (members: ObservedPatroni['members']) =>
      judgePatroni({ service: 'db', servers: ['db_1', 'db_2', 'db_3'], members });
    const [well] = judge([leader, two, three]);
    expect(well?.what).to.equal('db_1 leads; every write is acknowledged by db_2 and db_3');
    expect(levels(judge([leader, two, three]))).to.deep.equal(['ok db']);
    expect(levels(judge([leader, two]))).to.deep.equal(['ok db', 'fail db_3']);
    expect(levels(judge([leader, two, { ...three, role: 'replica' }]))).to.deep.equal(['ok db', 'warn db_3']);
    expect(levels(judge([leader, two, { ...three, lag: 2 ** 30 }]))).to.deep.equal(['ok db', 'warn db_3']);
    expect(levels(judge([two, three]))).to.deep.equal(['fail db', 'fail db_1']);
    expect(levels(judge(new Error('nobody answers')))).to.deep.equal(['fail db']);
  });

  it('warns of discovery that grows old, and finds a callee that nobody ever named', () => {
    const known = { caller: 'edge_1', service: 'user-service', instances: 3 };
    const judge = (one: object) =>
      levels(
        judgeMesh({ view: { acquaintances: [{ ...known, ageSeconds: 5, ...one }], moved: [] }, lines: [] }),
      );
    expect(judge({})).to.deep.equal(['ok discovery', 'ok breakers']);
    expect(judge({ ageSeconds: 200 })).to.deep.equal(['warn edge_1', 'ok breakers']);
    expect(judge({ ageSeconds: Infinity })).to.deep.equal(['fail edge_1', 'ok breakers']);
    expect(judge({ instances: 0 })).to.deep.equal(['fail edge_1', 'ok breakers']);
  });

  it('tells which breaker is open, why, since when and until when', () => {
    const opened = {
      ...{ msg: 'circuit breaker moved', to: 'user_service_1', breaker: 'open' },
      ...{ time: '2026-01-02T03:04:00.000Z', until: '2026-01-02T03:04:10.000Z' },
    };
    const breaker = { caller: 'edge_1', service: 'user-service', instance: 'user_service_1' } as const;
    const moved = [{ ...breaker, state: 'open', outcomes: { OK: 7, UNAVAILABLE: 5 } }] as const;
    const lines = toBreakerLines('edge_1', [opened]);
    const [finding] = judgeMesh({ view: { acquaintances: [], moved }, lines });
    expect(formatFinding(finding as Finding, false)).to.match(
      /^FAIL {2}edge_1: sends nothing to user_service_1: .* 5 UNAVAILABLE; open since \S+04:00\S+, next probe at \S+04:10/,
    );
  });

  it('counts what failed in the last ten minutes, and what failed before not', () => {
    const text = [
      '{"level":"error","time":"2026-01-02T02:00:00.000Z","msg":"failed"}',
      '{"level":"error","time":"2026-01-02T03:00:00.000Z","msg":"failed","method":"/a/B","err":{"message":"boom"}}',
      '{"level":"info","time":"2026-01-02T03:00:00.000Z","msg":"served"}',
      'Error: not JSON',
      '{"level":"error","time":"2026-01-02T03:00',
    ].join('\n');
    const log = { id: 'edge_1', file: '/log', lines: parseLogLines(text) };
    const [finding] = judgeLogs([log], NOW);
    expect(finding).to.include({ level: 'warn', what: '1 × "failed" in the last 10 minutes' });
    expect(formatFinding(finding as Finding, false)).to.contain('/a/B boom');
    expect(levels(judgeLogs([log], NOW + 3_600_000))).to.deep.equal(['ok logs']);
  });

  it('says in words what a process misses', () => {
    expect(toMissing('{"status":"waiting","missing":{"user-db":"no primary"}}')).to.equal(
      'user-db is missing: no primary',
    );
    expect(toMissing('Bad Gateway')).to.equal('Bad Gateway');
  });

  it('colours its words only for a terminal', () => {
    const finding = { level: 'ok', part: 'disk', what: 'fine' } as const;
    expect(formatFinding(finding, false)).to.equal('ok    disk: fine');
    expect(formatFinding(finding, true)).to.equal('\u001b[32mok  \u001b[0m  disk: fine');
  });
});
