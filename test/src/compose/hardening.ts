import type { ComposeService, Composition } from './read-compose.js';

/**
 * What every container owes, whatever runs in it: a pinned image, an account that is not root, a root file system that can't be
 * written, no capabilities, limits, and a way to tell whether it is healthy.
 *
 * @param exempt `service.key` of what has a reason written beside it in the file
 */
export function findSoftSpots(
  { services }: Composition,
  exempt: ReadonlySet<string> = new Set(),
): readonly string[] {
  return Object.entries(services).flatMap(([name, service]) =>
    Object.entries(RULES)
      .filter(([key, isKept]) => !isKept(service, services, name) && !exempt.has(`${name}.${key}`))
      .map(([key]) => `${name}: ${key}`),
  );
}

type Rule = (service: ComposeService, all: Composition['services'], name: string) => boolean;

const RULES: Readonly<Record<string, Rule>> = {
  // One of ours is built here and needs no tag.
  image: ({ image = '', build }) => (build ? /^flight-booking\/[\w-]+$/.test(image) : isPinned(image)),
  user: ({ user = 'root' }) => !['root', '0', '0:0'].includes(String(user)),
  read_only: (service) => service.read_only === true,
  cap_drop: ({ cap_drop = [] }) => cap_drop.includes('ALL'),
  security_opt: ({ security_opt = [] }) => security_opt.includes('no-new-privileges:true'),
  limits: ({ deploy }) => {
    const limits = deploy?.resources?.limits ?? {};
    return ['cpus', 'memory', 'pids'].every((limit) => limit in limits);
  },
  // What ends by itself has its exit code, as long as somebody waits for it.
  healthcheck: ({ healthcheck, restart }, all, name) =>
    restart === 'no'
      ? Object.values(all).some(
          ({ depends_on }) => depends_on?.[name]?.condition === 'service_completed_successfully',
        )
      : Boolean(healthcheck?.test?.length) && !healthcheck?.disable,
  restart: ({ restart }) => restart === 'unless-stopped' || restart === 'no',
};

/** A tag that says at least a major and a minor version, or the major one of what is maintained by it alone (Node). */
export function isPinned(image: string): boolean {
  return /^[\w./-]+:v?\d+\.\d+[\w.-]*$|^node:\d+-[\w-]+$|^debian:[a-z]+-slim$/.test(image);
}
