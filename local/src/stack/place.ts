import type { PlannedInstance } from './plan-instances.js';

/** Who and where an instance is, which its planning decided once. */
export interface Place {
  readonly id: string;
  /** The service's name in Consul. */
  readonly service: string;
  /** `127.0.0.1:5000`; absent for HTTP services. */
  readonly grpcAddress?: string;
  /** Absent for gRPC services. */
  readonly httpUrl?: string;
  /** Base URL of /metrics, /livez and /readyz. */
  readonly adminUrl: string;
}

export function toPlace({ id, service, port, adminPort }: PlannedInstance): Place {
  return {
    id,
    service: service.name,
    adminUrl: toUrl(adminPort),
    ...(service.serves === 'http' ? { httpUrl: toUrl(port) } : { grpcAddress: `127.0.0.1:${port}` }),
  };
}

export function toUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
