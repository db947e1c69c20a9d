import {
  FaultInjectionServiceDefinition,
  InjectedCode,
  type InjectedFault as Wire,
} from '@flight/proto/mesh';
import { Fault, type FaultKind } from '../fault.js';
import type { Logger } from '../log.js';
import { parseInjection, parsePageSize, parsePageToken, toPageToken } from './fault-injection-fields.js';
import { implement, type ServiceBinding } from './implement.js';
import type { InjectedFault, InjectedFaults } from './injected-faults.js';

/** What the service works on. */
export interface FaultInjectionParts {
  /** Undefined where fault injection is off: every method is then refused. */
  readonly faults: InjectedFaults | undefined;
  /** Full names of the methods that can have faults. */
  readonly methods: ReadonlySet<string>;
  readonly log: Logger;
}

const CODES: Partial<Readonly<Record<FaultKind, InjectedCode>>> = {
  unavailable: InjectedCode.UNAVAILABLE,
  internal: InjectedCode.INTERNAL,
  deadline_exceeded: InjectedCode.DEADLINE_EXCEEDED,
  resource_exhausted: InjectedCode.RESOURCE_EXHAUSTED,
  aborted: InjectedCode.ABORTED,
};

/** flight.mesh.v1.FaultInjectionService. */
export function createFaultInjectionApi({ faults, methods, log }: FaultInjectionParts): ServiceBinding {
  function open(): InjectedFaults {
    if (faults !== undefined) return faults;
    const message = 'Fault injection is off: start the instance with FAULT_INJECTION=on';
    throw new Fault('permission_denied', 'FAULT_INJECTION_OFF', message);
  }

  return implement(FaultInjectionServiceDefinition, {
    async injectFault(request, call) {
      const opened = open();
      const fault = parseInjection(request, methods, Date.now());
      opened.inject(fault);
      log.warn({ fault, request_id: call.requestId, peer: call.peer }, 'a fault was injected');
      return { fault: toWire(fault) };
    },

    async clearFaults({ method }, call) {
      const cleared = open().clear(method, Date.now());
      log.warn({ method, cleared, request_id: call.requestId }, 'injected faults were cleared');
      return { cleared };
    },

    async listFaults({ pageSize, pageToken }) {
      const opened = open();
      const size = parsePageSize(pageSize);
      const after = parsePageToken(pageToken);
      const rest = opened.list(Date.now()).filter(({ method }) => after === undefined || method > after);
      const last = rest.length > size ? rest[size - 1] : undefined;
      return {
        faults: rest.slice(0, size).map(toWire),
        nextPageToken: last === undefined ? '' : toPageToken(last.method),
      };
    },
  });
}

function toWire({ method, errorRate, kind, latencyMs, blackHoleRate, until }: InjectedFault): Wire {
  return {
    method,
    errorRate,
    code: CODES[kind] ?? InjectedCode.UNSPECIFIED,
    latency:
      latencyMs === 0
        ? undefined
        : { seconds: Math.trunc(latencyMs / 1000), nanos: Math.round((latencyMs % 1000) * 1e6) },
    blackHoleRate,
    expireTime: new Date(until),
  };
}
