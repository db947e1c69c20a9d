import type { CallOptions, Client, ServiceCredential } from '@flight/mesh';
import type { FlightUpdateServiceDefinition, FlightUpdate as WireUpdate } from '@flight/proto/user';
import type { FlightUpdate, UpdatePublisher, UpdateStore } from '../domain/flight-updates.js';
import { toCallOptions } from './call-options.js';

type FlightUpdateService = Client<FlightUpdateServiceDefinition>;

/** Updates that are listed at once: at four bytes a character not half of what may be unsent to a socket. */
const PAGE_SIZE = 100;

/** What the edge asks for itself, with its own credential: members' tokens may be over by then. */
export function createUpdateStore(
  service: FlightUpdateService,
  credential: ServiceCredential,
  timeoutMs: number,
): UpdateStore {
  async function options(signal: AbortSignal): Promise<CallOptions> {
    return { signal, timeoutMs, credential: await credential.issue() };
  }

  return {
    async list(flightCode, afterSequence, signal) {
      const request = { flightCode, afterSequence, pageSize: PAGE_SIZE, pageToken: '' };
      const { flightUpdates, position } = await service.listFlightUpdates(request, await options(signal));
      if (position === undefined) throw new Error('the user service answered a list without a position');
      return {
        updates: flightUpdates.map(toUpdate),
        position: { flightCode, latest: position.latestSequence, oldest: position.oldestSequence },
      };
    },

    async positions(flightCodes, signal) {
      const request = { flightCodes: [...flightCodes] };
      const { positions } = await service.batchGetFlightPositions(request, await options(signal));
      return positions.map(({ flightCode, latestSequence, oldestSequence }) => ({
        flightCode,
        latest: latestSequence,
        oldest: oldestSequence,
      }));
    },

    async *watch(signal) {
      // A stream has no deadline: it is to stay open.
      const stream = service.watchFlightUpdates({}, { signal, credential: await credential.issue() });
      for await (const { flightUpdate } of stream) yield flightUpdate && toUpdate(flightUpdate);
    },
  };
}

/** Publishes with the token of whoever publishes. */
export function createUpdatePublisher(service: FlightUpdateService): UpdatePublisher {
  return {
    async publish(news, mutationId, call) {
      const request = { ...news, requestId: mutationId };
      const { flightUpdate } = await service.publishFlightUpdate(request, toCallOptions(call));
      if (flightUpdate === undefined)
        throw new Error('the user service stored an update and did not answer it');
      return toUpdate(flightUpdate);
    },
  };
}

function toUpdate({ flightCode, sequence, update, createTime }: WireUpdate): FlightUpdate {
  return { flightCode, sequence, update, createdAt: createTime?.getTime() ?? Date.now() };
}
