import { implement, type MeshProcess, type ServiceBinding } from '@flight/mesh';
import { FlightUpdateServiceDefinition } from '@flight/proto/user';
import { createFlightUpdateHandlers, type FlightUpdateHandlersParts } from './api/flight-update-handlers.js';
import type { UserServiceConfig } from './config.js';
import type { FlightUpdate } from './domain/flight-update.js';
import { createWatches } from './domain/watch.js';
import type { UpdateHistory } from './infra/postgres-update-history.js';
import { exportFlightUpdates } from './infra/prometheus-flight-updates.js';
import { ANNOUNCEMENTS, createAnnouncements } from './infra/redis-announcements.js';
import { repeatedly } from './infra/repeatedly.js';

/** What FlightUpdateService shares with the rest of the service. */
export type SharedParts = Pick<
  FlightUpdateHandlersParts,
  'rules' | 'updates' | 'pageTokens' | 'verifier' | 'credentials' | 'now'
> & { readonly history: UpdateHistory };

/** A watcher that is this many updates behind, 4 KB each at most, is told to watch again. */
const WATCH_CAPACITY = 1000;
/** A follower that is this many updates of its flight behind reads on in the store: there may be many of them. */
const FOLLOW_CAPACITY = 50;
/** How long one round of trimming may take, in milliseconds. */
const TRIM_TIMEOUT_MS = 30_000;

/** Opens the publishing side: the channel to the other instances, the watches, and the trimming of old updates. */
export async function openFlightUpdates(
  mesh: MeshProcess,
  { redis, flightUpdates: config }: UserServiceConfig,
  shared: SharedParts,
): Promise<ServiceBinding> {
  const watches = createWatches(WATCH_CAPACITY);
  const followers = createWatches(FOLLOW_CAPACITY);
  const all = [watches, followers];
  // Streams have no end of their own: the draining that follows would wait for them.
  const end = () => {
    for (const each of all) each.close();
  };
  mesh.stopped.addEventListener('abort', end, { once: true });

  const channel = mesh.openRedisChannel(redis, ANNOUNCEMENTS, (message) => announcements.receive(message));
  const meter = exportFlightUpdates(mesh.metrics.registry, {
    watchers: () => watches.size,
    followers: () => followers.size,
    listening: () => channel.listening,
  });
  const announcements = createAnnouncements({
    send: channel.send,
    deliver(update: FlightUpdate) {
      for (const each of all) each.announce(update);
    },
    onFailure: meter.announcementFailed,
    log: mesh.log,
  });

  const { history, now } = shared;
  const trimming = repeatedly({
    work: async (caller) => meter.trimmed(await history.trim(config.kept, now(), caller)),
    everyMs: config.trimEveryMs,
    timeoutMs: TRIM_TIMEOUT_MS,
    complaint: 'Old flight updates could not be dropped; they are kept until the next time',
    log: mesh.log,
  });
  mesh.closing.add('trimming of flight updates', trimming.close);

  // A watch that has begun hears the other instances from then on, unless Redis is known to be away.
  await channel.settled;
  const handlers = createFlightUpdateHandlers({
    ...shared,
    watches,
    followers,
    keepAliveMs: config.keepAliveMs,
    announce: announcements.announce,
    onPublished: meter.published,
  });
  return implement(FlightUpdateServiceDefinition, handlers);
}
