import { until } from '@flight/local';
import type { ReflectedClient } from './reflected-client.js';

/** A run of etl-service, as a client sees it that knows reflection only. */
export interface EtlRun {
  readonly id: number;
  readonly state: string;
  readonly mode: string;
  readonly trigger: string;
  readonly parts: readonly EtlRunPart[];
}

export interface EtlRunPart {
  readonly source: string;
  readonly state: string;
  readonly rows: number;
  readonly counts: readonly { readonly name: string; readonly source: number; readonly warehouse: number }[];
  readonly error: string;
  readonly mismatches: readonly string[];
}

/** Somebody who may ask for runs. */
export interface EtlRuns {
  /** Latest first. */
  list(): Promise<readonly EtlRun[]>;
  get(id: number): Promise<EtlRun>;
  ask(mode: string, requestId?: string): Promise<EtlRun>;
  /** Asks for a run and waits until it is over. */
  carryOut(mode: string): Promise<EtlRun>;
}

const ETL = 'flight.etl.v1.EtlService';
const PATIENCE_MS = 60_000;

/** @param token of staff, when the calls are to be answered */
export function createEtlRuns(client: ReflectedClient, token: string): EtlRuns {
  const call = (method: string, request: object) => client.call(ETL, method, request, { token });
  const get = async (id: number) => (await call('GetEtlRun', { id })).run as EtlRun;
  const ask = async (mode: string, requestId = '') =>
    (await call('RunEtl', { mode, request_id: requestId })).run as EtlRun;
  return {
    list: async () => (await call('ListEtlRuns', {})).runs as readonly EtlRun[],
    get,
    ask,
    async carryOut(mode) {
      const { id } = await ask(mode);
      await until(`the end of run ${id}`, async () => isOver(await get(id)), PATIENCE_MS);
      return get(id);
    },
  };
}

export function isOver({ state }: EtlRun): boolean {
  return state === 'ETL_RUN_STATE_SUCCEEDED' || state === 'ETL_RUN_STATE_FAILED';
}
