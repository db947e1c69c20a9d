import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const FIXTURE = fileURLToPath(new URL('../fixture/loaded-telemetry.js', import.meta.url));

/** The packages of OpenTelemetry that a process loads which is opened with these variables. */
async function loadedWith(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [FIXTURE], {
    env: { PATH: process.env.PATH, INSTANCE_ID: 'traced_1', LOG_LEVEL: 'silent', ...env },
    timeout: 20_000,
  });
  return JSON.parse(stdout) as string[];
}

describe('a process without an endpoint for traces', function () {
  this.timeout(30_000);

  it('loads nothing of OpenTelemetry but the interfaces that prom-client asks for itself', async () => {
    expect(await loadedWith({})).to.deep.equal(['@opentelemetry/api']);
  });

  it('differs in that from one with an endpoint', async () => {
    const loaded = await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect(loaded).to.include.members([
      '@opentelemetry/sdk-trace',
      '@opentelemetry/exporter-trace-otlp-proto',
    ]);
  });
});
