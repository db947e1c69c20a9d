import { createServiceCredential, createTokenVerifier, Fault, type Handlers } from '@flight/mesh';
import type { FlightPosition, FlightUpdate, FlightUpdateServiceDefinition } from '@flight/proto/user';
import type { TokenSigner } from './tokens.js';

/** A user service's flight updates in memory: the whole contract, and a hand on what may go wrong by it. */
export interface FlightUpdates {
  readonly handlers: Handlers<FlightUpdateServiceDefinition>;
  /** Stores an update and announces it, as if it came through another edge. Answers its number. */
  publish(flightCode: string, update: string): number;
  /** What becomes of an announcement on its way: as it is, none, several, others. */
  distort: (update: FlightUpdate) => readonly FlightUpdate[];
  /** Announces updates to all watchers, whatever they are. */
  announce(updates: readonly FlightUpdate[]): void;
  /** Ends all streams, as a dying instance does. */
  cutStreams(): void;
  /** Forgets a flight's updates before a number. */
  trim(flightCode: string, oldest: number): void;
  readonly watchers: number;
  /** How often history was asked for. */
  readonly lists: number;
}

interface Watcher {
  push(update: FlightUpdate): void;
  cut(): void;
}

/** @param secret of the services' credentials */
export function createFlightUpdates(secret: string, signer: TokenSigner): FlightUpdates {
  const flights = new Map<string, { latest: number; kept: FlightUpdate[] }>();
  const watchers = new Set<Watcher>();
  const published = new Map<string, FlightUpdate>();
  const credentials = createServiceCredential({ service: 'user-service', secret });
  const keys = async () => [signer.key];
  const tokens = createTokenVerifier({ keys, issuer: 'flight-booking', audience: 'flight-booking' });
  let lists = 0;

  function flight(code: string) {
    const found = flights.get(code) ?? { latest: 0, kept: [] };
    flights.set(code, found);
    return found;
  }

  function store(flightCode: string, update: string): FlightUpdate {
    const { kept } = flight(flightCode);
    const sequence = ++flight(flightCode).latest;
    const stored = { flightCode, sequence, update, createTime: new Date() };
    kept.push(stored);
    return stored;
  }

  function announce(updates: readonly FlightUpdate[]): void {
    for (const update of updates) for (const watcher of watchers) watcher.push(update);
  }

  function positionOf(code: string): FlightPosition {
    const { latest, kept } = flight(code);
    return { flightCode: code, latestSequence: latest, oldestSequence: kept[0]?.sequence ?? 0 };
  }

  const updates: FlightUpdates = {
    handlers: {
      async publishFlightUpdate({ flightCode, update, requestId }, { token }) {
        const { userId } = await tokens.verify(token);
        const name = `${userId} ${requestId}`;
        const earlier = published.get(name);
        const stored = earlier ?? store(flightCode.toUpperCase(), update);
        published.set(name, stored);
        if (earlier === undefined) announce(updates.distort(stored));
        return { flightUpdate: stored, replayed: earlier !== undefined };
      },
      async listFlightUpdates({ flightCode, afterSequence, pageSize }, { credential }) {
        await credentials.verify(credential);
        lists += 1;
        const later = flight(flightCode).kept.filter(({ sequence }) => sequence > afterSequence);
        return {
          flightUpdates: later.slice(0, pageSize),
          nextPageToken: later.length > pageSize ? 'more' : '',
          position: positionOf(flightCode),
        };
      },
      followFlightUpdates() {
        throw new Fault('unimplemented', 'UNKNOWN_METHOD', 'the edge follows no single flight');
      },
      async batchGetFlightPositions({ flightCodes }, { credential }) {
        await credentials.verify(credential);
        return { positions: flightCodes.map(positionOf) };
      },
      async *watchFlightUpdates(_request, { credential, signal }) {
        await credentials.verify(credential);
        const queue: FlightUpdate[] = [];
        let wake: () => void = () => undefined;
        let isCut = false;
        const watcher: Watcher = {
          push: (update) => {
            queue.push(update);
            wake();
          },
          cut: () => {
            isCut = true;
            wake();
          },
        };
        watchers.add(watcher);
        signal.addEventListener('abort', () => wake());
        try {
          yield { flightUpdate: undefined };
          while (!signal.aborted) {
            if (isCut) throw new Fault('unavailable', 'UNREACHABLE', 'the instance died');
            const update = queue.shift();
            if (update !== undefined) yield { flightUpdate: update };
            else
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
          }
        } finally {
          watchers.delete(watcher);
        }
      },
    },
    publish(flightCode, update) {
      const stored = store(flightCode, update);
      announce(updates.distort(stored));
      return stored.sequence;
    },
    distort: (update) => [update],
    announce,
    cutStreams() {
      for (const watcher of watchers) watcher.cut();
    },
    trim(flightCode, oldest) {
      const found = flight(flightCode);
      found.kept = found.kept.filter(({ sequence }) => sequence >= oldest);
    },
    get watchers() {
      return watchers.size;
    },
    get lists() {
      return lists;
    },
  };
  return updates;
}
