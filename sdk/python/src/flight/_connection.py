"""How a channel to a set of instances is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from flight._addresses import Address, to_target
from flight._route import Channels
from flight._version import __version__

_OPTIONS = (
    ("grpc.primary_user_agent", f"flight-sdk-python/{__version__}"),
    # A proxy of the environment is for the world outside; it would be asked for all of several addresses at once.
    ("grpc.enable_http_proxy", 0),
    # Notices within 25 s that an instance is gone without a word while a call waits for it, even if the call is a
    # stream on which nothing is sent. Which of the two timeouts counts depends on grpcio's version.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
    # gRPC's own wait grows to two minutes: too long for an instance that was only restarted.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)

# gRPC also retries of its own accord what a connection that ends has not begun. A stream that meets this while no other
# instance can be reached may wait forever for its first message: always with grpcio 1.76, rarely up to 1.85.
_NO_RETRIES = ("grpc.enable_retries", 0)


@dataclass(frozen=True)
class Connection:
    """What all channels to a service have in common."""

    authority: str | None
    """The name that a certificate must be made out to; None for the host of the one address that there is."""

    service_config: str
    credentials: grpc.ChannelCredentials | None
    options: Sequence[tuple[str, Any]]

    def open(self, addresses: Sequence[Address]) -> Channels:
        """Opens channels; each connects when it is first used."""
        target = to_target(addresses)
        options = [*_OPTIONS, ("grpc.service_config", self.service_config)]
        if self.authority is not None:
            options.append(("grpc.default_authority", self.authority))
        return Channels(
            unary=self._channel(target, [*options, *self.options]),
            streams=self._channel(target, [*options, _NO_RETRIES, *self.options]),
        )

    def _channel(self, target: str, options: Sequence[tuple[str, Any]]) -> grpc.Channel:
        if self.credentials is None:
            return grpc.insecure_channel(target, options)
        return grpc.secure_channel(target, self.credentials, options)
