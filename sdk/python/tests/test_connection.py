import os
import socket
import unittest
from unittest.mock import patch

import flight
from flight.user.v1 import user_service_pb2 as users
from support.bed import Bed
from support.server import Server


class ProxyTest(Bed):
    """Proxies of the environment are for the world outside."""

    def setUp(self) -> None:
        super().setUp()
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        names = ("grpc_proxy", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        clean = {name: value for name, value in os.environ.items() if name.lower() not in ("no_proxy", "no_grpc_proxy")}
        environment = patch.dict(os.environ, {**clean, **dict.fromkeys(names, proxy)}, clear=True)
        environment.start()
        self.addCleanup(environment.stop)

    def instance(self) -> Server:
        return self.serve(Login=lambda request, context: users.LoginResponse(user_id=1))

    def ask(self, client: flight.Client) -> None:
        self.assertEqual(client.users.Login(users.LoginRequest()).user_id, 1)

    def test_none_stands_before_addresses(self) -> None:
        one, two = self.instance(), self.instance()
        self.ask(self.connect(one))
        self.ask(self.connect(one, two))
        self.ask(self.connect(f"localhost:{one.port}"))

    def test_none_stands_before_consul_and_what_it_names(self) -> None:
        agent = self.consul()
        agent.name("user-service", [self.instance().address, self.instance().address])
        self.ask(self.connect_by(agent))


if __name__ == "__main__":
    unittest.main()
