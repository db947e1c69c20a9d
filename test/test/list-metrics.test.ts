import { expect } from 'chai';
import { listMetrics } from '../src/expect-panels.js';

describe('the metrics that an expression is about', () => {
  for (const [expr, metrics] of [
    [
      'sum by (job) (rate(calls_total{code!="ok"}[5m])) > 0.5 or absent(up) and on (a) b:c:d1m',
      ['calls_total', 'up', 'b:c:d1m'],
    ],
    ['label_replace(e{f="{g}"}, "h", "$1", "i", "(.*)")', ['e']],
  ] as const)
    it(`are ${metrics.join(', ')} in ${expr}`, () => {
      expect(listMetrics(expr)).to.deep.equal(metrics);
    });
});
