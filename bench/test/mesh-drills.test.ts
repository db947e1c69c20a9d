import { until } from '@flight/local';
import { expect } from 'chai';
import { chooseDrills } from '../src/drills/choose-drills.js';
import { type DrillName, formatFigures, toOutcome } from '../src/drills/drill.js';
import { askTimes, countFailed, describeFailures, startLoad } from '../src/drills/load.js';
import { readContext } from '../src/drills/mesh/context.js';
import { DRILLS } from '../src/drills/mesh/rows.js';
import { findMisses, toRecords, toVerdictTable, type Verdict } from '../src/drills/results.js';

const SILENT = () => undefined;

describe('the drills of the mesh', () => {
  it('have a name each that no other has', () => {
    expect(new Set(DRILLS.map(({ name }) => name)).size).to.equal(DRILLS.length);
  });

  it('are chosen by name, in the order of the table, and all without a wish', () => {
    expect(chooseDrills(DRILLS, [])).to.deep.equal(DRILLS);
    expect(chooseDrills(DRILLS, ['freeze', 'kill']).map(({ name }) => name)).to.deep.equal([
      'kill',
      'freeze',
    ]);
    expect(() => chooseDrills(DRILLS, ['kill', 'flood'])).to.throw(/there is no flood; there are kill, roll/);
  });

  it('take their size from the environment and refuse nonsense', () => {
    expect(readContext({}, SILENT)).to.include({ calls: 10_000, freezeSeconds: 60 });
    expect(readContext({ DRILL_CALLS: '500', DRILL_FREEZE_S: '5' }, SILENT)).to.include({
      calls: 500,
      freezeSeconds: 5,
    });
    expect(() => readContext({ DRILL_CALLS: 'many' }, SILENT)).to.throw(/DRILL_CALLS/);
    expect(() => readContext({ DRILL_FREEZE_S: '0' }, SILENT)).to.throw(/DRILL_FREEZE_S/);
  });
});

describe('the verdict on a drill', () => {
  const drill: DrillName = { name: 'storm', demand: '0 failed' };
  const verdictOf = (failed: number, controlFailed: number): Verdict => ({
    drill,
    kind: 'carried-out',
    outcome: toOutcome({ failed }, { failed: controlFailed }, [
      [failed === 0, 'no call fails'],
      [controlFailed > 0, 'the control fails'],
    ]),
  });

  it('is kept when every bound was', () => {
    expect(findMisses(verdictOf(0, 7))).to.deep.equal([]);
    expect(toVerdictTable([verdictOf(0, 7)])).to.match(/storm +0 failed +failed 0 +failed 7 +kept/);
  });

  it('names a bound that was missed, and a control that did not hurt', () => {
    expect(findMisses(verdictOf(3, 7))).to.deep.equal(['no call fails']);
    expect(findMisses(verdictOf(0, 0))).to.deep.equal(['the control fails']);
    expect(toVerdictTable([verdictOf(3, 7)])).to.include('MISSED');
  });

  it('counts against a drill that broke', () => {
    const broken: Verdict = { drill, kind: 'broke', why: 'Error: no Consul' };
    expect(findMisses(broken)).to.deep.equal(['it broke: Error: no Consul']);
    expect(toVerdictTable([broken])).to.include('MISSED');
    expect(toRecords([broken])).to.deep.equal({
      storm: { demand: '0 failed', missed: ['it broke: Error: no Consul'] },
    });
  });

  it('shows whole numbers whole and others short', () => {
    expect(formatFigures({ failed: 0, 'p99 ms': 12.345, ratio: 1.0349 })).to.equal(
      'failed 0, p99 ms 12, ratio 1.03',
    );
    expect(formatFigures('none')).to.equal('none');
  });
});

describe('the load of a drill', () => {
  it('goes on at its pace while nothing is answered, and stops with every answer', async () => {
    const answers: (() => void)[] = [];
    const load = startLoad(1000, () => new Promise((resolve) => answers.push(() => resolve(undefined))));
    await until('requests without an answer', () => answers.length >= 20);
    expect(load.samples).to.deep.equal([]);
    const stopped = load.stop();
    for (const answer of answers) answer();
    expect(await stopped).to.have.length(answers.length);
  });

  it('counts refusals and errors as failures', async () => {
    const outcomes = [undefined, '503', '503'];
    const load = startLoad(1000, async (number) => {
      if (number >= outcomes.length) throw new Error('broken');
      return outcomes[number];
    });
    await until('four answers', () => load.samples.length >= 4);
    const samples = [...(await load.stop())].slice(0, 4);
    expect(countFailed(samples)).to.equal(3);
    expect(describeFailures(samples)).to.equal('2 × 503; 1 × Error: broken');
  });

  it('makes as many requests as asked for, never more at a time than allowed', async () => {
    let underWay = 0;
    let most = 0;
    const failures = await askTimes(50, 4, async (number) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      if (number === 7) throw new Error('broken');
      return undefined;
    });
    expect(most).to.equal(4);
    expect(failures).to.have.length(50);
    expect(failures.filter((failure) => failure !== undefined)).to.deep.equal(['Error: broken']);
  });
});
