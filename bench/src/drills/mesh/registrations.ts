/** A server as Consul is told of it from outside: nobody registers it again when it is gone. */
export interface Registered {
  readonly id: string;
  readonly service: string;
  readonly port: number;
  /** Whether Consul asks grpc.health.v1 each second; otherwise it counts as healthy whatever happens. */
  readonly checked?: boolean;
}

/** Registers a server on loopback. */
export async function register(
  consulUrl: string,
  { id, service, port, checked = false }: Registered,
): Promise<void> {
  const host = '127.0.0.1';
  const check = { GRPC: `${host}:${port}`, Interval: '1s', Timeout: '1s', Status: 'passing' };
  const record = { ID: id, Name: service, Address: host, Port: port, ...(checked && { Check: check }) };
  await put(`${consulUrl}/v1/agent/service/register`, JSON.stringify(record));
}

/** Takes a server out of Consul, as an operator would. */
export async function deregister(consulUrl: string, id: string): Promise<void> {
  await put(`${consulUrl}/v1/agent/service/deregister/${id}`);
}

async function put(url: string, body?: string): Promise<void> {
  const response = await fetch(url, { method: 'PUT', ...(body !== undefined && { body }) });
  if (!response.ok) throw new Error(`Consul answers ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
