import type { Composition } from './read-compose.js';

/** The ports that each service listens on by its own configuration. */
export type Listeners = Readonly<Record<string, readonly number[]>>;

/** Published ports, ports of health checks and addresses of other services at which nobody listens. */
export function findDeadAddresses(
  { services }: Composition,
  listeners: Listeners,
  texts: Readonly<Record<string, string>>,
): readonly string[] {
  const listens = (service: string, port: number) => listeners[service]?.includes(port) ?? false;
  const own = Object.entries(services).flatMap(([name, { ports = [], healthcheck }]) => {
    const published = ports.map((port) => ({
      name,
      port: Number(port.split(':').at(-1)),
      what: 'publishes',
    }));
    const checked = [...(healthcheck?.test ?? []).join(' ').matchAll(/127\.0\.0\.1[:/](\d+)/g)].map(
      ([, port]) => ({
        name,
        port: Number(port),
        what: 'is asked for its health on',
      }),
    );
    return [...published, ...checked];
  });
  const environments = Object.entries(services).map(
    ([name, { environment = {} }]) => [name, Object.values(environment).join('\n')] as const,
  );
  return [
    ...own
      .filter(({ name, port }) => !listens(name, port))
      .map(({ name, port, what }) => `${name} ${what} ${port}, where it does not listen`),
    ...[...environments, ...Object.entries(texts)].flatMap(([where, text]) =>
      listAddresses(text)
        .filter(({ host, port }) => host !== 'localhost' && !listens(host, port))
        .map(({ host, port }) => `${where} names ${host}:${port}, where nobody listens`),
    ),
    ...Object.entries(texts).flatMap(([where, text]) =>
      listAddresses(text).some(({ host }) => host in services) ? [] : [`${where} names no service at all`],
    ),
  ];
}

/** Everything of the form `name:port` in a text. */
function listAddresses(text: string) {
  return [...text.matchAll(/\b([a-z][a-z0-9-]*):(\d{2,5})\b/g)].map(([, host = '', port]) => ({
    host,
    port: Number(port),
  }));
}

/** Ports that are published to whoever can reach the machine, not to its own loopback alone. */
export function listOpenPorts({ services }: Composition): readonly string[] {
  return Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `${name} ${port}`),
  );
}
