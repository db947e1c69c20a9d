import { randomUUID } from 'node:crypto';
import type { Logger } from '@flight/mesh';
import { z } from 'zod';
import type { FlightUpdate } from '../domain/flight-update.js';

/** The Redis channel that all instances share. */
export const ANNOUNCEMENTS = 'flight-updates';

/** What announcing works with. */
export interface AnnouncementsOptions {
  /** Sends to the instances that listen, this one too. */
  readonly send: (message: string) => Promise<void>;
  /** Hands an update to this instance's watchers. */
  readonly deliver: (update: FlightUpdate) => void;
  /** Called for each announcement that Redis did not take. */
  readonly onFailure: () => void;
  readonly log: Logger;
}

/** Both ways of an instance's announcements. */
export interface Announcements {
  /** Tells this instance's watchers at once, and the other instances through Redis if it is there. */
  announce(update: FlightUpdate): void;
  /** Takes what came through Redis. */
  receive(message: string): void;
}

const LOG_EVERY_MS = 60_000;

const announcement = z.object({
  /** The instance that sent it. */
  from: z.string(),
  flightCode: z.string(),
  sequence: z.int().positive(),
  text: z.string(),
  createdAt: z.coerce.date(),
});

/** Announces flight updates as JSON. */
export function createAnnouncements({ send, deliver, onFailure, log }: AnnouncementsOptions): Announcements {
  // Not the instance's name: a restarted one must not take the old one's last words for its own.
  const self = randomUUID();
  let loggedAt = Number.NEGATIVE_INFINITY;

  function complain(err: unknown, what: string): void {
    if (performance.now() - loggedAt < LOG_EVERY_MS) return;
    loggedAt = performance.now();
    log.warn({ err }, what);
  }

  return {
    announce(update) {
      deliver(update);
      send(JSON.stringify({ from: self, ...update })).catch((error: unknown) => {
        onFailure();
        complain(
          error,
          'Redis did not take an announcement; watchers elsewhere find the update in the store',
        );
      });
    },
    receive(message) {
      const heard = announcement.safeParse(parseJson(message));
      if (!heard.success) return complain(heard.error, 'heard something that is no announcement');
      const { from, ...update } = heard.data;
      if (from !== self) deliver(update);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not an announcement either: the caller says so.
    return undefined;
  }
}
