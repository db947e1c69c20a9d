/** A group of targets as Prometheus' http_sd takes it. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What Consul's health endpoint says of an instance, as far as it is read here. */
interface HealthEntry {
  readonly Node: { readonly Address: string };
  readonly Service: {
    readonly ID: string;
    readonly Service: string;
    readonly Address: string;
    readonly Port: number;
    readonly Meta: Readonly<Record<string, string>> | null;
  };
}

/** How long Consul may take, in milliseconds. */
const TIMEOUT_MS = 2_000;

/**
 * Every instance in Consul with the metadata `admin_port`, under the labels that Prometheus' own consul_sd gives it, so that
 * the same relabelling serves both.
 * @throws Error when Consul does not answer
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#consul_sd_config
 */
export async function listConsulTargets(consulUrl: string): Promise<TargetGroup[]> {
  const services = Object.keys((await ask(`${consulUrl}/v1/catalog/services`)) as object);
  const answers = await Promise.all(
    services.map((service) => ask(`${consulUrl}/v1/health/service/${encodeURIComponent(service)}`)),
  );
  return (answers.flat() as HealthEntry[]).flatMap((entry) => toTargetGroup(entry) ?? []);
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`Consul answers ${response.status}`);
  return response.json();
}

function toTargetGroup({ Node, Service }: HealthEntry): TargetGroup | undefined {
  const adminPort = Service.Meta?.admin_port;
  if (adminPort === undefined) return undefined;
  return {
    targets: [`${Service.Address || Node.Address}:${Service.Port}`],
    labels: {
      __meta_consul_address: Node.Address,
      __meta_consul_service: Service.Service,
      __meta_consul_service_address: Service.Address,
      __meta_consul_service_id: Service.ID,
      __meta_consul_service_metadata_admin_port: adminPort,
    },
  };
}
