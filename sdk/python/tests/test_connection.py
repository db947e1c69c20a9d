import os
import socket
import unittest
from unittest.mock import patch

import grpc

import flight
from flight.user.v1 import user_service_pb2 as users
from support.bed import Bed
from support.certificate import has_openssl, make_certificate
from support.server import Server
from support.until import PATIENCE


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


@unittest.skipUnless(has_openssl() or "CI" in os.environ, "this machine has no openssl, which CI has")
class CertificateTest(Bed):
    def instances(self, name: str) -> tuple[Server, Server]:
        """Two instances with a certificate for that name, which the credentials trust."""
        made = make_certificate(name)
        self.credentials = grpc.ssl_channel_credentials(made.chain)
        server = grpc.ssl_server_credentials([(made.key, made.chain)])

        def open_one() -> Server:
            return self.serve(credentials=server, Login=lambda request, context: users.LoginResponse(user_id=1))

        return open_one(), open_one()

    def assert_reached(self, client: flight.Client) -> None:
        self.assertEqual(client.users.Login(users.LoginRequest(), timeout=PATIENCE).user_id, 1)

    def test_one_address_alone_is_checked_against_its_host(self) -> None:
        for name, host in (("DNS:localhost", "localhost"), ("IP:127.0.0.1", "127.0.0.1")):
            with self.subTest(name):
                one, _ = self.instances(name)
                self.assert_reached(self.connect(f"{host}:{one.port}", credentials=self.credentials))

    def test_several_addresses_are_checked_against_the_service(self) -> None:
        one, two = self.instances("DNS:user-service")
        self.assert_reached(self.connect(one, two, credentials=self.credentials))
        self.assert_reached(self.connect(f"localhost:{one.port}", two, credentials=self.credentials))
        self.assert_reached(self.connect(f"localhost:{one.port}", "nobody.invalid:1", credentials=self.credentials))

    def test_what_consul_names_is_checked_against_the_service(self) -> None:
        one, two = self.instances("DNS:user-service")
        for addresses in ([f"localhost:{one.port}"], [one.address], [one.address, two.address]):
            with self.subTest(addresses):
                agent = self.consul()
                agent.name("user-service", addresses)
                self.assert_reached(self.connect_by(agent, credentials=self.credentials))

    def test_a_certificate_for_another_name_is_refused(self) -> None:
        one, two = self.instances("DNS:booking-service")
        for servers in ((one,), (one, two)):
            client = self.connect(*servers, credentials=self.credentials)
            with self.subTest(len(servers)), self.assertRaises(flight.FlightError) as caught:
                client.users.Login(users.LoginRequest())
            self.assertIs(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main()
