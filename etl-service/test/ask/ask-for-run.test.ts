import { openTestBed, type TestBed } from '@flight/local';
import { createServiceCredential, Fault, implement, type MeshProcess, openProcess } from '@flight/mesh';
import { readDescriptorSet } from '@flight/proto/descriptors';
import {
  EtlMode,
  type EtlRun,
  EtlRunState,
  EtlServiceDefinition,
  type RunEtlRequest,
} from '@flight/proto/etl';
import { expect } from 'chai';
import { askForRun } from '../../src/ask/ask-for-run.js';
import { aPart, aRun } from './runs.js';

const SECRET = 'a secret of the services, long enough';

describe('whoever asks for a run', function () {
  this.timeout(60_000);
  let bed: TestBed;
  let mesh: MeshProcess;
  const asked: (RunEtlRequest & { readonly by: string })[] = [];
  /** What is answered, one after the other; the last one again and again. */
  let answers: readonly (EtlRun | Fault)[] = [];
  let looks = 0;

  before(async () => {
    bed = await openTestBed({ consul: true });
    const credentials = createServiceCredential({ service: 'etl-service', secret: SECRET });
    mesh = await openProcess({
      service: 'etl-service',
      instance: 'etl_service_1',
      host: '127.0.0.1',
      grpcPort: 0,
      adminPort: undefined,
      logLevel: 'silent',
      consul: { url: bed.consulUrl, token: undefined },
      lingerMs: 0,
    });
    const next = (): EtlRun => {
      const answer = answers[Math.min(looks, answers.length - 1)];
      looks += 1;
      if (answer === undefined || answer instanceof Fault) throw answer;
      return answer;
    };
    const service = implement(EtlServiceDefinition, {
      async runEtl(request, call) {
        asked.push({ ...request, by: await credentials.verify(call.credential) });
        return { run: next() };
      },
      async getEtlRun(_request, call) {
        await credentials.verify(call.credential);
        return { run: next() };
      },
      async listEtlRuns() {
        return { runs: [], nextPageToken: '' };
      },
    });
    await mesh.serve([service], await readDescriptorSet());
  });

  after(async () => {
    await mesh?.close();
    await bed?.close();
  });

  async function ask(scripted: readonly (EtlRun | Fault)[]) {
    [answers, looks] = [scripted, 0];
    const lines: string[] = [];
    const consul = { url: bed.consulUrl, token: undefined };
    const config = { consul, serviceSecret: SECRET, mode: EtlMode.REBUILD };
    const asking = askForRun(config, (line) => lines.push(line), new AbortController().signal);
    return { succeeded: await asking, lines };
  }

  const running = aRun({ state: EtlRunState.RUNNING, parts: [aPart({ step: 'extract', rows: 5000 })] });
  const succeeded = aRun({ parts: [aPart({ rows: 7000 })] });

  it('asks under its own name, and hears each step until the run is over', async () => {
    const waiting = aRun({ state: EtlRunState.QUEUED });
    const { succeeded: well, lines } = await ask([waiting, running, running, succeeded]);
    expect(well).to.equal(true);
    expect(asked.at(-1)).to.include({ mode: EtlMode.REBUILD, by: 'operator' });
    expect(lines).to.deep.equal([
      'run 17: waits for its turn',
      'run 17 (etl_service_1): booking-service extract 5,000 rows',
      'run 17 (etl_service_1): booking-service done 7,000 rows',
      'booking-service succeeded: 7,000 rows, as of 2026-03-04T05:06:07.000Z',
      'run 17 succeeded in 2.5 s',
    ]);
  });

  it('goes on looking while an instance is away', async () => {
    const away = new Fault('unavailable', 'DATABASE_UNAVAILABLE', 'The warehouse is away');
    const { succeeded: well } = await ask([running, away, away, away, away, succeeded]);
    expect(well).to.equal(true);
  });

  it('says that a run has failed', async () => {
    const state = EtlRunState.FAILED;
    const { succeeded: well, lines } = await ask([aRun({ state, parts: [aPart({ state })] })]);
    expect(well).to.equal(false);
    expect(lines.at(-1)).to.equal('run 17 FAILED in 2.5 s');
  });

  it('gives up at once where it is refused', async () => {
    const refusal = await ask([running, new Fault('not_found', 'ETL_RUN_NOT_FOUND', 'gone')]).catch(
      (error: unknown) => error,
    );
    expect(refusal).to.have.property('reason', 'ETL_RUN_NOT_FOUND');
  });
});
