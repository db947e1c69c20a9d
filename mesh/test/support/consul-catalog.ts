/** An instance whose health a test decides: its only check is a promise that the test keeps or breaks. */
export interface Listed {
  readonly id: string;
  readonly service: string;
  readonly port?: number;
  readonly weight?: number;
}

/** What tests do to an agent's catalog by its HTTP API. All reject when the agent refuses. */
export interface Catalog {
  /** Registers an instance that passes. */
  list(listed: Listed): Promise<void>;
  unlist(id: string): Promise<void>;
  pass(id: string): Promise<void>;
  warn(id: string): Promise<void>;
  fail(id: string): Promise<void>;
  maintain(id: string, enable: boolean): Promise<void>;
  maintainNode(enable: boolean): Promise<void>;
}

export function openCatalog(url: string): Catalog {
  async function put(path: string, body?: object): Promise<void> {
    const init = { method: 'PUT', ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${url}/v1/agent/${path}`, init);
    if (!response.ok) throw new Error(`Consul answers ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }
  return {
    list: ({ id, service, port = 1, weight }) =>
      put('service/register', {
        ID: id,
        Name: service,
        Address: '127.0.0.1',
        Port: port,
        Check: { TTL: '10m', Status: 'passing' },
        ...(weight !== undefined && { Weights: { Passing: weight, Warning: 1 } }),
      }),
    unlist: (id) => put(`service/deregister/${id}`),
    pass: (id) => put(`check/pass/service:${id}`),
    warn: (id) => put(`check/warn/service:${id}`),
    fail: (id) => put(`check/fail/service:${id}`),
    maintain: (id, enable) => put(`service/maintenance/${id}?enable=${enable}`),
    maintainNode: (enable) => put(`maintenance?enable=${enable}`),
  };
}
