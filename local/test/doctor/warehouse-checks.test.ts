import { expect } from 'chai';
import { judgeWarehouse, observeWarehouse } from '../../src/doctor/warehouse-checks.js';
import { parsePrometheusText } from '../../src/observe/prometheus-text.js';

/** What the doctor says when two processes show these metrics. */
function examine(one: string, other = ''): string[] {
  const shown = [one, other].map((text, n) => ({ id: `etl_${n + 1}`, samples: parsePrometheusText(text) }));
  return judgeWarehouse(observeWarehouse(shown)).map(({ level, what }) => `${level} ${what}`);
}

const FRESH = 'etl_lag_seconds{source="a"} 4.2\netl_lag_seconds{source="b"} 9';

describe('the doctor, of the warehouse,', () => {
  it('says nothing where nobody loads one', () => {
    expect(examine('mesh_instances{service="a"} 3')).to.deep.equal([]);
  });

  it('says how fresh it is', () => {
    expect(examine(FRESH)).to.deep.equal(['ok equals its sources: a as of 4 s ago, b as of 9 s ago']);
  });

  it('finds the source that it is behind of, or has nothing of', () => {
    expect(examine(FRESH, 'etl_lag_seconds{source="b"} 400')).to.deep.equal([
      'warn shows b as it was 400 s ago',
    ]);
    expect(examine(FRESH, 'etl_rows_total{source="c"} 0')).to.deep.equal(['warn has nothing of c yet']);
  });

  it('finds figures that do not agree, however fresh they are', () => {
    expect(examine(FRESH, 'etl_mismatches{source="a"} 2')).to.deep.equal([
      'fail disagrees with a: 2 of its figures differ',
    ]);
  });
});
