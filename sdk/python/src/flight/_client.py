"""Where everything begins."""

import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import grpc

from flight._addresses import parse_address
from flight._call import Caller, Token
from flight._channel import ServiceChannel
from flight._connection import Connection
from flight._consul_instances import ConsulInstances
from flight._consul_query import Agent
from flight._contract import SERVICES, methods_of, service_config
from flight._follow import FlightUpdates
from flight._instances import GivenInstances, Instances
from flight._resolved_instances import ResolvedInstances
from flight._route import Route
from flight.booking.v1.booking_change_service_pb2_grpc import BookingChangeServiceStub
from flight.booking.v1.booking_service_pb2_grpc import BookingServiceStub
from flight.booking.v1.flight_service_pb2_grpc import FlightServiceStub
from flight.etl.v1.etl_service_pb2_grpc import EtlServiceStub
from flight.user.v1.flight_update_service_pb2_grpc import FlightUpdateServiceStub
from flight.user.v1.user_change_service_pb2_grpc import UserChangeServiceStub
from flight.user.v1.user_service_pb2_grpc import UserServiceStub


def connect(
    *,
    consul: str | None = None,
    addresses: Mapping[str, Sequence[str]] | None = None,
    token: Token | None = None,
    consul_token: str | None = None,
    credentials: grpc.ChannelCredentials | None = None,
    timeout: float = 5.0,
    options: Sequence[tuple[str, Any]] = (),
) -> "Client":
    """Makes a client. Nothing is sent before its first call.

    Args:
        consul: The URL of a Consul agent, such as `http://localhost:8500`: instances that pass their checks are
            followed there as they come and go.
        addresses: Or the addresses of each service that will be called, such as
            `{"user-service": ["127.0.0.1:5000"]}`.
        token: The access token that goes with each call, or a function that gives one and is asked before each call,
            by whichever thread calls. Nothing cuts the function short, not the call's timeout either: it has to end by
            itself. A `FlightError` that it raises is what the call fails with; anything else becomes the cause of an
            UNAUTHENTICATED one.
        consul_token: What the Consul agent asks for, if it asks for anything.
        credentials: For TLS, as from `grpc.ssl_channel_credentials()`. Without, connections are not encrypted.
            Certificates must be made out to the service, such as `user-service`; where it has one address alone that
            was given here, to the host of that.
        timeout: How long the first call of a service waits for Consul's first answer, and for names to be resolved, in
            seconds.
        options: Further options of the gRPC channels; they win over those of this package.

    Raises:
        ValueError: Not exactly one of `consul` and `addresses` is given, or something that is given is malformed.
    """
    if (consul is None) == (addresses is None):
        raise ValueError("connect() wants either consul or addresses")
    if consul is not None:
        agent = Agent(consul, consul_token)
        found: dict[str, Instances] = {service: ConsulInstances(agent, service) for service in SERVICES}
    else:
        found = _given(addresses or {})
    methods = {service: methods_of(service) for service in SERVICES}
    # Several addresses, or those that Consul names, have no name in common but the service's.
    alone = {service for service, given in (addresses or {}).items() if len(set(given)) == 1}
    return Client(
        {
            service: Route(
                service,
                ResolvedInstances(instances),
                Connection(
                    None if service in alone else service,
                    service_config(methods[service].values()),
                    credentials,
                    options,
                ).open,
                timeout,
            )
            for service, instances in found.items()
        },
        token,
    )


def _given(addresses: Mapping[str, Sequence[str]]) -> dict[str, Instances]:
    unknown = set(addresses) - set(SERVICES)
    if unknown:
        raise ValueError(f"no such service: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    return {
        service: GivenInstances(service, [parse_address(text) for text in addresses.get(service, ())])
        for service in SERVICES
    }


class Client:
    """The services, by their generated stubs. Made by `connect`; may be used by many threads at once.

    Each method of a stub takes a request and answers a message, or fails with `FlightError`. Unary calls have the
    contract's deadline unless a `timeout` is given, in seconds; what may be repeated is retried, at the next instance
    in turn; a request without a `request_id` gets one.
    """

    users: UserServiceStub
    """Accounts, sign-in, subscriptions."""
    flight_updates: FlightUpdateServiceStub
    """News about flights. `follow_flight` is the easy way to hear them."""
    user_changes: UserChangeServiceStub
    """What changed among users, for copies."""
    flights: FlightServiceStub
    """Which flights there are, and how they stand."""
    bookings: BookingServiceStub
    """Seats, sold and given back."""
    booking_changes: BookingChangeServiceStub
    """What changed among flights and bookings, for copies."""
    etl: EtlServiceStub
    """The data warehouse's runs."""

    def __init__(self, routes: Mapping[str, Route], token: Token | None, owns_routes: bool = True) -> None:
        """Use `connect`."""
        self._routes = routes
        self._owns_routes = owns_routes
        user, booking, etl = (
            ServiceChannel(Caller(routes[service], token), methods_of(service)) for service in SERVICES
        )
        self.users = UserServiceStub(user)
        self.flight_updates = FlightUpdateServiceStub(user)
        self.user_changes = UserChangeServiceStub(user)
        self.flights = FlightServiceStub(booking)
        self.bookings = BookingServiceStub(booking)
        self.booking_changes = BookingChangeServiceStub(booking)
        self.etl = EtlServiceStub(etl)

    def with_token(self, token: Token) -> "Client":
        """A client that sends this token, or asks this function for one before each call, as `connect` says.

        It shares the connections of this one, which stays the one to close.
        """
        return Client(self._routes, token, owns_routes=False)

    def follow_flight(self, code: str, after: int | None = None) -> FlightUpdates:
        """Begins to follow a flight's updates, and answers them as an iterator: in order, each once, without end.

        Waits until a service has said where the flight stands, for as long as it takes: while none can be reached, or
        has room, it tries again, as it does later. When its instance goes away, it goes on after the last update that
        came, at the next one in turn. Asks for a token; a function is asked again each time that it goes on.

        Args:
            code: The flight's code, in any case. The flight need not be known.
            after: Begin after the update of this number; 0 begins with the oldest that is kept. None begins with the
                next one: what is published once this method has returned, comes.

        Raises:
            FlightError: The service refuses, no token could be had, or the client was closed meanwhile.
            ValueError: The client is closed.
        """
        ending = threading.Event()
        self._routes["user-service"].set_when_closed(ending)
        return FlightUpdates(self.flight_updates, ending, code, after)

    def close(self) -> None:
        """Cancels what is under way, and closes the connections.

        A client from `with_token` leaves that to the one it came from.
        """
        if self._owns_routes:
            for route in self._routes.values():
                route.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
