import socket
import threading
import time
import unittest

import grpc

import flight
from flight.user.v1 import flight_update_service_pb2 as updates
from flight.user.v1 import user_service_pb2 as users
from support.bed import Bed
from support.families import has_ipv6
from support.server import Handler, metadata_of
from support.until import until


class Attempts:
    """What instances were asked, and which of their answers are failures."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, str, str | bytes]] = []
        self.previous: list[str | bytes | None] = []
        """How many attempts there were before, as each said of itself."""
        self._failures = 0
        self._code = grpc.StatusCode.UNAVAILABLE
        self._trailer: tuple[tuple[str, str], ...] = ()
        self._lock = threading.Lock()

    def fail_next(
        self,
        times: int,
        code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE,
        trailer: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Forgets what was asked, and fails so many attempts."""
        with self._lock:
            self.seen.clear()
            self.previous.clear()
            self._failures, self._code, self._trailer = times, code, trailer

    def handler(self, instance: int, answer: type = users.RegisterResponse) -> Handler:
        """A handler of an instance of that number."""

        def handle(request: users.RegisterRequest, context: grpc.ServicerContext) -> object:
            with self._lock:
                name = getattr(request, "request_id", "")
                self.seen.append((instance, name, metadata_of(context)["x-request-id"]))
                self.previous.append(metadata_of(context).get("grpc-previous-rpc-attempts"))
                fails = self._failures > 0
                self._failures -= 1
            if fails:
                context.set_trailing_metadata(self._trailer)
                context.abort(self._code, "not now")
            return answer()

        return handle


class RetriesTest(Bed):
    def setUp(self) -> None:
        super().setUp()
        self.attempts = Attempts()

    def open_two(self) -> flight.Client:
        """A client that is connected to two instances."""
        client = self.connect(*(self.serve(Register=self.attempts.handler(each)) for each in (1, 2)))
        self.wait_for(client, 1, 2)
        return client

    def wait_for(self, client: flight.Client, *instances: int) -> None:
        def are_all_seen() -> bool:
            client.users.Register(users.RegisterRequest())
            return {instance for instance, *_ in self.attempts.seen} == set(instances)

        until(are_all_seen)

    def test_a_retry_goes_to_another_instance_with_the_same_request_id(self) -> None:
        client = self.open_two()
        self.attempts.fail_next(1)
        client.users.Register(users.RegisterRequest())
        (first, *names), (second, *same_names) = self.attempts.seen
        self.assertEqual({first, second}, {1, 2})
        self.assertEqual(names, same_names)
        self.assertEqual(len(set(names)), 1)
        self.assertGreater(len(names[0]), 30)
        self.assertEqual(self.attempts.previous, [None, "1"])

    def test_three_attempts_are_all(self) -> None:
        client = self.open_two()
        self.attempts.fail_next(3)
        with self.assertRaises(flight.FlightError) as caught:
            client.users.Register(users.RegisterRequest())
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(caught.exception.details(), "not now")
        self.assertEqual(len(self.attempts.seen), 3)

    def test_what_the_contract_does_not_call_repeatable_is_not_repeated(self) -> None:
        server = self.serve(SimulateFailure=self.attempts.handler(1, users.SimulateFailureResponse))
        client = self.connect(server)
        self.attempts.fail_next(1)
        with self.assertRaises(flight.FlightError):
            client.users.SimulateFailure(users.SimulateFailureRequest())
        self.assertEqual(len(self.attempts.seen), 1)

    def test_a_stream_is_not_repeated(self) -> None:
        client = self.connect(
            self.serve(FollowFlightUpdates=self.attempts.handler(1, updates.FollowFlightUpdatesResponse))
        )
        self.attempts.fail_next(1)
        with self.assertRaises(flight.FlightError):
            list(client.flight_updates.FollowFlightUpdates(updates.FollowFlightUpdatesRequest()))
        self.assertEqual(len(self.attempts.seen), 1)

    def test_no_other_failure_is_repeated(self) -> None:
        client = self.open_two()
        for code in set(grpc.StatusCode) - {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}:
            with self.subTest(code.name):
                self.attempts.fail_next(1, code)
                with self.assertRaises(flight.FlightError) as caught:
                    client.users.Register(users.RegisterRequest())
                self.assertEqual(caught.exception.code(), code)
                self.assertEqual(len(self.attempts.seen), 1)

    def test_the_server_says_when_to_repeat(self) -> None:
        client = self.open_two()
        self.attempts.fail_next(1, trailer=(("grpc-retry-pushback-ms", "600"),))
        began_at = time.monotonic()
        client.users.Register(users.RegisterRequest())
        self.assertGreater(time.monotonic() - began_at, 0.5)
        self.assertEqual(len(self.attempts.seen), 2)

    def test_the_server_says_that_nothing_is_to_be_repeated(self) -> None:
        client = self.open_two()
        self.attempts.fail_next(1, trailer=(("grpc-retry-pushback-ms", "-1"),))
        with self.assertRaises(flight.FlightError):
            client.users.Register(users.RegisterRequest())
        self.assertEqual(len(self.attempts.seen), 1)

    def test_a_budget_ends_retries_when_most_calls_fail(self) -> None:
        client = self.connect(self.serve(Register=self.attempts.handler(1)))
        client.users.Register(users.RegisterRequest())
        self.attempts.fail_next(1000)
        for _ in range(20):
            with self.assertRaises(flight.FlightError):
                client.users.Register(users.RegisterRequest())
        # Tokens for five attempts that fail; after them each call is one attempt.
        self.assertLess(len(self.attempts.seen), 27)
        self.assertGreater(len(self.attempts.seen), 20)

    def test_an_instance_that_cannot_be_reached_is_passed_over(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            dead = f"127.0.0.1:{nobody.getsockname()[1]}"
        client = self.connect(dead, self.serve(SimulateFailure=self.attempts.handler(1, users.SimulateFailureResponse)))
        for _ in range(20):
            client.users.SimulateFailure(users.SimulateFailureRequest())

    def test_an_instance_that_dies_with_a_call_is_passed_over(self) -> None:
        is_asked = threading.Event()
        is_over = threading.Event()
        self.addCleanup(is_over.set)

        def hang(request: object, context: grpc.ServicerContext) -> users.RegisterResponse:
            is_asked.set()
            is_over.wait()
            return users.RegisterResponse(user_id=1)

        def answer(request: object, context: grpc.ServicerContext) -> users.RegisterResponse:
            return users.RegisterResponse(user_id=2)

        dying = self.serve(Register=hang)
        client = self.connect(dying, self.serve(Register=answer))
        calls = []

        def is_asked_now() -> bool:
            calls.append(client.users.Register.future(users.RegisterRequest(), timeout=30))
            return is_asked.wait(0.05)

        until(is_asked_now)
        dying.close()
        self.assertEqual({call.result(30).user_id for call in calls}, {2})


class FamiliesTest(Bed):
    def test_addresses_of_both_families_are_used_together(self) -> None:
        if not has_ipv6():
            self.skipTest("this machine has no IPv6 loopback")
        attempts = Attempts()
        old = self.serve(Register=attempts.handler(4))
        new = self.serve("[::1]", Register=attempts.handler(6))
        client = self.connect(old, new)

        def are_both_seen() -> bool:
            client.users.Register(users.RegisterRequest())
            return {instance for instance, *_ in attempts.seen} == {4, 6}

        until(are_both_seen)

    def test_names_are_resolved(self) -> None:
        attempts = Attempts()
        servers = [self.serve(Register=attempts.handler(each)) for each in (1, 2)]
        alone = self.connect(f"localhost:{servers[0].port}")
        alone.users.Register(users.RegisterRequest())
        together = self.connect(*(f"localhost:{server.port}" for server in servers), "nobody.invalid:1")

        def are_both_seen() -> bool:
            together.users.Register(users.RegisterRequest())
            return {instance for instance, *_ in attempts.seen} == {1, 2}

        until(are_both_seen)

    def test_a_name_that_nobody_knows_is_said(self) -> None:
        client = self.connect("nobody.invalid:1", "nobody.invalid:2")
        with self.assertRaises(flight.FlightError) as caught:
            client.users.Register(users.RegisterRequest())
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("user-service", caught.exception.message)


if __name__ == "__main__":
    unittest.main()
