import { expect } from 'chai';
import { ConfigError, readEnv } from '../../src/config/read-env.js';
import { toTracingConfig, tracingEnv } from '../../src/config/tracing-config.js';

const read = (env: NodeJS.ProcessEnv) => toTracingConfig(readEnv(env, tracingEnv));

describe('the configuration of tracing', () => {
  it('is nothing without an endpoint, or when it is switched off', () => {
    expect(read({})).to.equal(undefined);
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: 'edge' })).to.equal(undefined);
    expect(
      read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'TRUE' }),
    ).to.equal(undefined);
  });

  it('adds the path of traces to an endpoint for everything, and none to their own', () => {
    const all = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' });
    expect(all?.url).to.equal('http://collector:4318/v1/traces');
    const own = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/here',
    });
    expect(own?.url).to.equal('https://traces.example.com/here');
  });

  it('records what its parents do, and all that has none, unless told otherwise', () => {
    const usual = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' });
    expect(usual).to.deep.include({ sampler: 'parentbased_always_on', ratio: 1, delayMs: 5000 });
    const tenth = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    });
    expect(tenth).to.deep.include({ sampler: 'parentbased_traceidratio', ratio: 0.1 });
  });

  it('names every variable that is wrong', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://collector:4317',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '2',
    };
    expect(() => read(env)).to.throw(ConfigError, /ENDPOINT.*OTEL_TRACES_SAMPLER:.*SAMPLER_ARG/s);
  });
});
