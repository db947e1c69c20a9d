import { randomUUID } from 'node:crypto';
import {
  type CallContext,
  type Handlers,
  type ServiceCredential,
  type TokenVerifier,
  tokenExpired,
  untilAborted,
  withOwnLimits,
} from '@flight/mesh';
import type { FlightUpdateServiceDefinition } from '@flight/proto/user';
import { requireStaff } from '../domain/access.js';
import { parseFlightCode, parseFlightCodes } from '../domain/flight-code.js';
import { type FollowParts, followUpdates } from '../domain/follow-updates.js';
import { type ListUpdatesParts, listUpdates } from '../domain/list-updates.js';
import type { PolicyRules } from '../domain/policy.js';
import { type PublishParts, publishUpdate } from '../domain/publish-update.js';
import { parseRequestId } from '../domain/request-id.js';
import { parseUpdateText } from '../domain/update-text.js';
import type { Watches } from '../domain/watch.js';
import { toWireFlightUpdate, toWireFollowed } from './wire.js';

/** What the calls are carried out with. */
export interface FlightUpdateHandlersParts extends PublishParts, ListUpdatesParts {
  readonly rules: Pick<PolicyRules, 'publishersAreStaff'>;
  readonly verifier: TokenVerifier;
  readonly credentials: Pick<ServiceCredential, 'verify'>;
  /** Of those who watch all flights. */
  readonly watches: Watches;
  /** Of those who follow one flight. */
  readonly followers: Watches;
  /** How long a stream may stay silent, in milliseconds. */
  readonly keepAliveMs: number;
  /** Called after each publication, for the metrics. */
  readonly onPublished: (replayed: boolean) => void;
  readonly now: () => number;
}

/** How long a follower's look into the store may take, in milliseconds. */
const LOOK_TIMEOUT_MS = 5000;

/** The calls of FlightUpdateService; what each does is said in the contract. */
export function createFlightUpdateHandlers(
  parts: FlightUpdateHandlersParts,
): Handlers<FlightUpdateServiceDefinition> {
  const { updates, rules, verifier, credentials, watches, followers, keepAliveMs, onPublished, now } = parts;

  /** Who publishes, in a form that tells users from services. */
  async function identifyPublisher(call: CallContext): Promise<string> {
    if (call.credential !== undefined) return `service:${await credentials.verify(call.credential)}`;
    const identity = await verifier.verify(call.token);
    if (rules.publishersAreStaff) requireStaff(identity, 'publish flight updates');
    return `user:${identity.userId}`;
  }

  /** Answers when the reader's token stops being good, by the clock of `now`; a service's word is good to the end. */
  async function requireReader(call: CallContext): Promise<number> {
    if (call.credential === undefined) return (await verifier.verify(call.token)).expiresAt;
    await credentials.verify(call.credential);
    return Number.POSITIVE_INFINITY;
  }

  /** Who follows goes away at any time; the statement that was sent for it has an end in any case. */
  const look: FollowParts['list'] = (wish, signal) =>
    untilAborted(
      withOwnLimits(LOOK_TIMEOUT_MS, (limits) => updates.list(wish, limits)),
      signal,
    );

  return {
    async publishFlightUpdate(request, call) {
      const wish = {
        publisher: await identifyPublisher(call),
        flightCode: parseFlightCode(request.flightCode),
        text: parseUpdateText(request.update),
        requestId: parseRequestId(request.requestId) || randomUUID(),
        createdAt: new Date(now()),
      };
      const { update, replayed } = await publishUpdate(parts, wish, call);
      onPublished(replayed);
      return { flightUpdate: toWireFlightUpdate(update), replayed };
    },

    async listFlightUpdates(request, call) {
      await requireReader(call);
      const flightCode = parseFlightCode(request.flightCode);
      const page = await listUpdates(parts, { ...request, flightCode }, call);
      return {
        flightUpdates: page.updates.map(toWireFlightUpdate),
        nextPageToken: page.nextPageToken,
        position: page.position,
      };
    },

    async *followFlightUpdates({ flightCode, afterSequence }, call) {
      const expiresAt = await requireReader(call);
      call.endBy(Date.now() + expiresAt - now(), tokenExpired);
      const wish = { flightCode: parseFlightCode(flightCode), afterSequence };
      const following = followUpdates({ watches: followers, list: look, keepAliveMs }, wish, call.signal);
      for await (const message of following) yield toWireFollowed(message);
    },

    async batchGetFlightPositions(request, call) {
      await credentials.verify(call.credential);
      return { positions: [...(await updates.positions(parseFlightCodes(request.flightCodes), call))] };
    },

    async *watchFlightUpdates(_request, call) {
      await credentials.verify(call.credential);
      const watch = watches.open();
      try {
        yield { flightUpdate: undefined };
        for (;;) {
          const update = await watch.next(keepAliveMs, call.signal);
          yield { flightUpdate: update && toWireFlightUpdate(update) };
        }
      } finally {
        watch.close();
      }
    },
  };
}
