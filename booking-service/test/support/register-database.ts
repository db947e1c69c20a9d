/** Tells Consul where a database's primary is, as Patroni does. Unchecked: the tests close the way to it. */
export async function registerDatabase(consulUrl: string, service: string, port: number): Promise<void> {
  const response = await fetch(`${consulUrl}/v1/agent/service/register`, {
    method: 'PUT',
    body: JSON.stringify({
      ID: `${service}-1`,
      Name: service,
      Tags: ['primary'],
      Address: '127.0.0.1',
      Port: port,
    }),
  });
  if (!response.ok) throw new Error(`Consul refused ${service}: ${response.status}`);
}
