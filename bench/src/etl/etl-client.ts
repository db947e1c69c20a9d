import { setTimeout as pause } from 'node:timers/promises';
import { openSecrets, type Stack } from '@flight/local';
import { createServiceCredential, openProcess } from '@flight/mesh';
import { type EtlMode, type EtlRun, EtlRunState, EtlServiceDefinition } from '@flight/proto/etl';

/** A service that asks etl-service for runs, as others may. */
export interface EtlClient {
  /**
   * Asks for a run and waits until it is over, however it ends; instances that die over it don't matter.
   *
   * @throws Error when it is not over in time
   */
  run(mode: EtlMode, patienceMs?: number): Promise<EtlRun>;
  /** The latest runs, latest first. */
  list(count: number): Promise<readonly EtlRun[]>;
  close(): Promise<void>;
}

const SELF = 'bench-operator';
const LOOK_EVERY_MS = 25;
const PATIENCE_MS = 540_000;
const KNOWN_MS = 30_000;

/** Goes through Consul and the mesh, with a credential of its own. */
export async function openEtlClient(stack: Stack): Promise<EtlClient> {
  const mesh = await openProcess({
    service: SELF,
    instance: SELF,
    host: '127.0.0.1',
    grpcPort: 0,
    adminPort: undefined,
    logLevel: 'silent',
    consul: { url: stack.consulUrl, token: undefined },
    lingerMs: 0,
  });
  const service = mesh.dial('etl-service', EtlServiceDefinition);
  await mesh.instances('etl-service').known(AbortSignal.timeout(KNOWN_MS));
  const secrets = await openSecrets(stack.dataDir, []);
  const credentials = createServiceCredential({ service: SELF, secret: secrets('service') });
  const look = async (id: number) =>
    (await service.getEtlRun({ id }, { credential: await credentials.issue() })).run;

  return {
    async run(mode, patienceMs = PATIENCE_MS) {
      const untilMs = performance.now() + patienceMs;
      const asked = await service.runEtl(
        { mode, requestId: crypto.randomUUID() },
        { credential: await credentials.issue() },
      );
      let run = asked.run;
      for (;;) {
        if (run?.state === EtlRunState.SUCCEEDED || run?.state === EtlRunState.FAILED) return run;
        if (performance.now() > untilMs) throw new Error(`run ${run?.id} is not over after ${patienceMs} ms`);
        await pause(LOOK_EVERY_MS);
        // Whoever answers may have just been killed; the next look asks another one.
        run = (await look(asked.run?.id ?? 0).catch(() => undefined)) ?? run;
      }
    },
    async list(count) {
      const request = { pageSize: count, pageToken: '' };
      return (await service.listEtlRuns(request, { credential: await credentials.issue() })).runs;
    },
    close: () => mesh.close(),
  };
}

/** What went wrong in a run that failed, in words. */
export function describeFailure(run: EtlRun): string {
  const parts = run.parts.flatMap(({ source, error, mismatches }) =>
    error === '' ? [] : [`${source}: ${[error, ...mismatches.slice(0, 5)].join('; ')}`],
  );
  return `run ${run.id} failed: ${parts.join(' | ') || 'it does not say why'}`;
}
