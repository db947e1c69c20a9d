import { Channel, connectivityState } from '@grpc/grpc-js';

/** Channels that were opened while it watched. */
export interface WatchedChannels {
  /**
   * Puts them to sleep, as grpc-js does after 30 minutes without a call.
   *
   * @throws when there are none, or one of them stays awake
   */
  sleep(): void;
  /** Watches no longer. */
  release(): void;
}

/** What grpc-js calls when its idle timer rings; it offers no public way to ring it early. */
interface Idling {
  readonly internalChannel: { enterIdle(): void };
}

/** Watches which channels are opened from now on: the mesh asks each for its state, so that it connects at once. */
export function watchChannels(): WatchedChannels {
  const channels = new Set<Channel>();
  const { getConnectivityState } = Channel.prototype;
  Channel.prototype.getConnectivityState = function (this: Channel, connect: boolean) {
    channels.add(this);
    return getConnectivityState.call(this, connect);
  };
  return {
    sleep() {
      if (channels.size === 0) throw new Error('no channel was opened');
      for (const channel of channels) {
        (channel as unknown as Idling).internalChannel.enterIdle();
        if (channel.getConnectivityState(false) !== connectivityState.IDLE)
          throw new Error('a channel that was put to sleep is awake');
      }
    },
    release() {
      Channel.prototype.getConnectivityState = getConnectivityState;
    },
  };
}
