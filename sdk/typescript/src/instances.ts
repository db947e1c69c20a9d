import { Code } from '@connectrpc/connect';
import {
  type ChannelCredentials,
  Client,
  connectivityState,
  credentials,
  type Interceptor,
} from '@grpc/grpc-js';
import { VERSION } from '../gen/version.js';
import type { Addresses } from './addresses.js';
import { type Failure, failureOf } from './failure.js';

/** One instance of a service. */
export interface Instance {
  readonly address: string;
  /** Calls it, over a connection that is made when it is needed. */
  readonly client: Client;
  /** A call could not reach it: others are preferred for a while. */
  passOver(): void;
}

/** The instances of a service, one after the other. */
export interface Instances {
  /**
   * The instance whose turn it is among those not tried yet, if possible one that could be reached lately; a failure when none
   * is known.
   *
   * @param untilOver waits for the instances to be known, no longer than the call may take
   */
  pick(
    tried: ReadonlySet<Instance>,
    untilOver: (wait: (over: AbortSignal) => Promise<void>) => Promise<void>,
  ): Promise<Instance | Failure>;
  /** Calls back when the client is closed, at once when it is; answers how to stop that. */
  onClose(listener: () => void): () => void;
  /** Cuts all connections and ends the calls on them. */
  close(): void;
}

/** How instances are called. */
export interface ChannelSettings {
  readonly credentials?: ChannelCredentials | undefined;
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** The name that certificates are checked against; the host of each address when undefined. */
  readonly tlsName?: string | undefined;
}

/** How long an instance that could not be reached comes after the others, in milliseconds. */
const PASSED_OVER_MS = 1000;

/** How long after its last pick an instance's channel is closed, in milliseconds: grpc-js fails calls that it was just given. */
const CLOSED_AFTER_MS = 1000;

const CHANNEL = {
  'grpc.primary_user_agent': `flight-sdk-typescript/${VERSION}`,
  // A connection that carries calls and is silent is tested this often, and given up after so long.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5000,
  // Who can't be reached is passed over, and sought again soon: it is most often one that starts again.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  // Instances are reached directly, as inside the mesh.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
};

interface Known extends Instance {
  passedOverUntil: number;
}

/** @param find begins to find out where the instances are: called before the first pick */
export function createInstances(
  service: string,
  find: () => Addresses,
  settings: ChannelSettings,
): Instances {
  const known = new Map<string, Known>();
  const listeners = new Set<() => void>();
  let addresses: Addresses | undefined;
  // Not from the first one on: many short-lived processes would all call the same instance.
  let turn = Math.floor(Math.random() * 2 ** 16);
  let closed = false;

  function get(address: string): Known {
    const found = known.get(address) ?? open(address, settings);
    known.set(address, found);
    return found;
  }

  return {
    onClose(listener) {
      if (closed) listener();
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async pick(tried, untilOver) {
      addresses ??= find();
      if (addresses.current.length === 0) await untilOver(addresses.known);
      // While it waited; nobody calls with a closed client.
      if (closed) return failureOf(Code.Canceled, 'The client is closed');
      const all = addresses.current.map(get);
      forgetAllBut(known, all);
      const best = preferred(all, tried, Date.now());
      turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
      return best[turn % best.length] ?? nobody(service, addresses);
    },
    close() {
      closed = true;
      addresses?.close();
      for (const listener of [...listeners]) listener();
      for (const { client } of known.values()) client.close();
      known.clear();
    },
  };
}

function nobody(service: string, { complaint, isFinal }: Addresses): Failure {
  // To try again is no use before the program is another one.
  const code = isFinal ? Code.FailedPrecondition : Code.Unavailable;
  return failureOf(code, `There is no instance of ${service} to call: ${complaint}`);
}

/** Those not tried and reachable; else those not tried; else all: better the same once more than nobody. */
function preferred(all: readonly Known[], tried: ReadonlySet<Instance>, now: number): readonly Known[] {
  const fresh = all.filter((one) => !tried.has(one));
  const left = fresh.length > 0 ? fresh : all;
  const reachable = left.filter((one) => isReachable(one, now));
  return reachable.length > 0 ? reachable : left;
}

/** As far as is known: a channel that looks for its instance in vain says so, and goes on looking by itself. */
function isReachable({ client, passedOverUntil }: Known, now: number): boolean {
  const state = client.getChannel().getConnectivityState(false);
  return passedOverUntil <= now && state !== connectivityState.TRANSIENT_FAILURE;
}

/** Calls and streams that are under way at an instance that is no longer picked go on: grpc-js closes a connection after them. */
function forgetAllBut(known: Map<string, Known>, current: readonly Known[]): void {
  if (known.size === current.length) return;
  const kept = new Set(current);
  for (const one of known.values()) {
    if (kept.has(one)) continue;
    known.delete(one.address);
    setTimeout(() => one.client.close(), CLOSED_AFTER_MS).unref();
  }
}

function open(address: string, { credentials: given, interceptors, tlsName }: ChannelSettings): Known {
  const client = new Client(address, given ?? credentials.createInsecure(), {
    ...CHANNEL,
    ...(tlsName && { 'grpc.ssl_target_name_override': tlsName, 'grpc.default_authority': tlsName }),
    ...(interceptors && { interceptors: [...interceptors] }),
  });
  const instance: Known = {
    address,
    client,
    passedOverUntil: 0,
    passOver() {
      instance.passedOverUntil = Date.now() + PASSED_OVER_MS;
    },
  };
  return instance;
}
