/** A server as Consul is told of it. */
export interface Unchecked {
  readonly id: string;
  readonly service: string;
  readonly port: number;
  readonly tags?: readonly string[];
}

/** Registers a server that Consul never checks: it counts as healthy whether anybody listens there or not. */
export async function registerUnchecked(
  consulUrl: string,
  { id, service, port, tags = [] }: Unchecked,
): Promise<void> {
  const body = JSON.stringify({ ID: id, Name: service, Address: '127.0.0.1', Port: port, Tags: tags });
  const response = await fetch(`${consulUrl}/v1/agent/service/register`, { method: 'PUT', body });
  if (!response.ok) throw new Error(`Consul answers ${response.status}: ${await response.text()}`);
}

/** Takes a server out of Consul. */
export async function deregister(consulUrl: string, id: string): Promise<void> {
  const response = await fetch(`${consulUrl}/v1/agent/service/deregister/${id}`, { method: 'PUT' });
  if (!response.ok) throw new Error(`Consul answers ${response.status}: ${await response.text()}`);
}
