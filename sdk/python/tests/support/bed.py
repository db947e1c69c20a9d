import unittest
from contextlib import ExitStack
from typing import Any

import grpc

import flight
from support.consul import Consul
from support.server import Handler, Server


class Bed(unittest.TestCase):
    """A test with servers and clients, which are closed after it, the last one first."""

    def setUp(self) -> None:
        self._stack = ExitStack()
        self.addCleanup(self._stack.close)

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: grpc.ServerCredentials | None = None,
        **handlers: Handler,
    ) -> Server:
        """Opens a server of all services; handlers are named as methods are."""
        return self._stack.enter_context(Server(host, port, credentials, **handlers))

    def consul(self) -> Consul:
        """Opens what answers as a Consul agent does."""
        return self._stack.enter_context(Consul())

    def connect(self, *servers: Server | str, **settings: Any) -> flight.Client:
        """Connects to servers, or addresses, as instances of every service."""
        addresses = [server if isinstance(server, str) else server.address for server in servers]
        services = ("user-service", "booking-service", "etl-service")
        return self._stack.enter_context(flight.connect(addresses=dict.fromkeys(services, addresses), **settings))

    def connect_by(self, consul: Consul, **settings: Any) -> flight.Client:
        """Connects through Consul."""
        return self._stack.enter_context(flight.connect(consul=consul.url, **settings))
