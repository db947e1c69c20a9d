import type { PortChooser } from '../processes/free-port.js';
import type { ServiceDescription } from './services.js';

/** One process of a service, with the ports it keeps for its whole life. */
export interface PlannedInstance {
  /** `user_service_1` */
  readonly id: string;
  readonly service: ServiceDescription;
  readonly port: number;
  /** Serves /metrics, /livez and /readyz; the same as `port` for HTTP services. */
  readonly adminPort: number;
}

const FIRST_ADMIN_PORT = 9100;

/** Names the instances and gives them ports, the calls' ports of all services before any admin port. */
export async function planInstances(
  services: readonly ServiceDescription[],
  choosePort: PortChooser,
): Promise<PlannedInstance[]> {
  const drafts = [];
  for (const service of services)
    for (let index = 0; index < service.count; index += 1)
      drafts.push({
        id: `${service.instancePrefix}_${index + 1}`,
        service,
        port: await choosePort(service.firstPort + index),
      });
  const instances: PlannedInstance[] = [];
  for (const draft of drafts) {
    const adminPort = draft.service.serves === 'http' ? draft.port : await choosePort(FIRST_ADMIN_PORT);
    instances.push({ ...draft, adminPort });
  }
  return instances;
}
