import {
  type CallContext,
  Fault,
  implement,
  parsePageToken,
  type ServiceBinding,
  type ServiceCredential,
  type TokenVerifier,
  toPageToken,
} from '@flight/mesh';
import { EtlServiceDefinition } from '@flight/proto/etl';
import type { Reason } from '@flight/proto/reason';
import { z } from 'zod';
import { assertStaff } from '../domain/access.js';
import { cutPage } from '../domain/page.js';
import type { RunBook } from '../domain/runs.js';
import { parseId, parseMode, parsePageSize, parseRequestId } from './fields.js';
import { toWireRun } from './wire.js';

export interface EtlApiParts {
  readonly runs: RunBook;
  readonly tokens: TokenVerifier;
  readonly credentials: Pick<ServiceCredential, 'verify'>;
  /** Told when a run was asked for. */
  readonly onAsked: () => void;
}

const RUN_POSITION = z.tuple([z.int().min(1)]);
const SCOPE = ['etl-runs'];

/** flight.etl.v1.EtlService. */
export function createEtlApi({ runs, tokens, credentials, onAsked }: EtlApiParts): ServiceBinding {
  /** Who calls, as runs name it. */
  async function identify(call: CallContext): Promise<string> {
    if (call.credential !== undefined) return `service:${await credentials.verify(call.credential)}`;
    const person = await tokens.verify(call.token);
    assertStaff(person);
    return `user:${person.userId}`;
  }

  return implement(EtlServiceDefinition, {
    async runEtl(request, call) {
      const requester = await identify(call);
      const mode = parseMode(request.mode);
      const requestId = parseRequestId(request.requestId);
      const run = await runs.ask({ mode, requester, requestId }, call);
      onAsked();
      return { run: toWireRun(run) };
    },

    async listEtlRuns(request, call) {
      await identify(call);
      const size = parsePageSize(request.pageSize);
      const after = parsePageToken(SCOPE, request.pageToken, RUN_POSITION)?.[0];
      const { items, next } = cutPage(await runs.list({ size, after }, call), size, ({ id }) => id);
      return {
        runs: items.map(toWireRun),
        nextPageToken: next === undefined ? '' : toPageToken(SCOPE, [next]),
      };
    },

    async getEtlRun(request, call) {
      await identify(call);
      const id = parseId(request.id);
      const run = await runs.find(id, call);
      if (run === undefined) throw runNotFound(id);
      return { run: toWireRun(run) };
    },
  });
}

function runNotFound(id: number): Fault<Reason> {
  const facts = { run_id: String(id) };
  return new Fault<Reason>('not_found', 'ETL_RUN_NOT_FOUND', 'There is no such run', facts);
}
