import { expect } from 'chai';
import { parsePrometheusText } from '../../src/observe/prometheus-text.js';

describe('the parser of metrics', () => {
  it('reads names, labels and values, and passes comments over', () => {
    const text = [
      '# HELP mesh_breaker_state Circuit breaker of an instance.',
      '# TYPE mesh_breaker_state gauge',
      'mesh_breaker_state{service="user-service",instance="user_service_1"} 2',
      'process_cpu_seconds_total 1.5e-3',
      '',
    ].join('\n');
    expect(parsePrometheusText(text)).to.deep.equal([
      {
        name: 'mesh_breaker_state',
        labels: { service: 'user-service', instance: 'user_service_1' },
        value: 2,
      },
      { name: 'process_cpu_seconds_total', labels: {}, value: 0.0015 },
    ]);
  });

  it('reads what is not finite, and times behind values', () => {
    const [never, less, none] = parsePrometheusText('age +Inf\ndepth -Inf 1700000000000\nshare Nan\n');
    expect([never?.value, less?.value]).to.deep.equal([Infinity, -Infinity]);
    expect(none?.value).to.be.NaN;
  });

  it('takes quotes, braces, commas and line ends within a label for what they are', () => {
    const [sample] = parsePrometheusText(String.raw`odd{a="say \"hi\", {you}",b="C:\\new\nline"} 1`);
    expect(sample?.labels).to.deep.equal({ a: 'say "hi", {you}', b: 'C:\\new\nline' });
  });

  it('is stopped by no line that is none of the format', () => {
    expect(parsePrometheusText('<html>\n{"a":1}\nleft 1\n')).to.deep.equal([
      { name: 'left', labels: {}, value: 1 },
    ]);
  });
});
