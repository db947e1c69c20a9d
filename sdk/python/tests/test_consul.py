import threading
import time
import unittest

import grpc

import flight
from flight._consul_query import Agent, ConsulError, Query
from flight.user.v1 import flight_update_service_pb2 as updates
from flight.user.v1 import user_service_pb2 as users
from support.bed import Bed
from support.families import has_ipv6
from support.server import Server
from support.until import until


class ConsulTest(Bed):
    def setUp(self) -> None:
        super().setUp()
        self.agent = self.consul()

    def instance(self, number: int) -> Server:
        """An instance that answers its number."""
        return self.serve(Login=lambda request, context: users.LoginResponse(user_id=number))

    def ask(self, client: flight.Client) -> int:
        return client.users.Login(users.LoginRequest()).user_id

    def wait_for(self, client: flight.Client, *numbers: int) -> None:
        """Waits until calls go to these instances, each of them, and to no other."""
        until(lambda: {self.ask(client) for _ in range(4 * len(numbers))} == set(numbers))

    def test_instances_are_followed_as_they_come_and_go(self) -> None:
        one, two = self.instance(1), self.instance(2)
        self.agent.name("user-service", [one.address])
        client = self.connect_by(self.agent)
        self.assertEqual(self.ask(client), 1)
        self.agent.name("user-service", [one.address, two.address])
        self.wait_for(client, 1, 2)
        self.agent.name("user-service", [two.address])
        self.wait_for(client, 2)

    def test_calls_that_are_under_way_outlive_a_change(self) -> None:
        goes_on = threading.Event()
        self.addCleanup(goes_on.set)

        def follow(request: object, context: grpc.ServicerContext) -> object:
            yield updates.FollowFlightUpdatesResponse()
            goes_on.wait()
            yield updates.FollowFlightUpdatesResponse()

        def login(request: object, context: grpc.ServicerContext) -> users.LoginResponse:
            goes_on.wait()
            return users.LoginResponse(user_id=1)

        old, new = self.serve(FollowFlightUpdates=follow, Login=login), self.instance(2)
        self.agent.name("user-service", [old.address])
        client = self.connect_by(self.agent)
        stream = client.flight_updates.FollowFlightUpdates(updates.FollowFlightUpdatesRequest())
        next(stream)
        future = client.users.Login.future(users.LoginRequest(), timeout=60)
        self.agent.name("user-service", [new.address])
        until(lambda: self.answers_soon(client))
        goes_on.set()
        self.assertEqual(len(list(stream)), 1)
        self.assertEqual(future.result().user_id, 1)

    def answers_soon(self, client: flight.Client) -> bool:
        try:
            return client.users.Login(users.LoginRequest(), timeout=0.5).user_id == 2
        except flight.FlightError:
            return False

    def test_the_last_known_set_stays_while_the_agent_is_away(self) -> None:
        one, two = self.instance(1), self.instance(2)
        self.agent.name("user-service", [one.address])
        client = self.connect_by(self.agent)
        self.assertEqual(self.ask(client), 1)
        self.agent.leave()
        self.assertEqual(self.ask(client), 1)
        self.agent.name("user-service", [two.address])
        self.agent.come_back()
        self.wait_for(client, 2)

    def test_the_last_known_set_stays_when_an_answer_is_empty_or_none(self) -> None:
        one = self.instance(1)
        self.agent.name("user-service", [one.address])
        client = self.connect_by(self.agent)
        self.ask(client)
        self.agent.name("user-service", [])
        self.agent.wait_until_heard()
        self.assertEqual(self.ask(client), 1)
        self.agent.fail(500)
        self.agent.wait_until_heard()
        self.assertEqual(self.ask(client), 1)

    def test_an_answer_that_makes_no_sense_counts_as_none(self) -> None:
        agent = Agent(self.agent.url, None)
        for body in ("[{}]", "{}", "no JSON", "[null]", '[{"Service": {"Address": "x", "Port": "y"}}]'):
            self.agent.say(body)
            with self.subTest(body), self.assertRaises(ConsulError):
                Query(agent, "user-service", 0).ask()
        self.agent.say("[]")
        self.assertEqual(Query(agent, "user-service", 0).ask().addresses, ())
        for status in (403, 500):
            self.agent.fail(status)
            with self.subTest(status), self.assertRaises(ConsulError):
                Query(agent, "user-service", 0).ask()

    def test_an_index_that_goes_backwards_begins_anew(self) -> None:
        one, two = self.instance(1), self.instance(2)
        for _ in range(5):
            self.agent.name("user-service", [one.address])
        client = self.connect_by(self.agent)
        self.ask(client)
        self.agent.wait_until_heard()
        self.agent.restart_index()
        asked = len(self.agent.asked)
        until(lambda: len(self.agent.asked) > asked)
        self.assertNotIn("index", self.agent.asked[asked][0])
        self.agent.name("user-service", [two.address])
        self.wait_for(client, 2)

    def test_the_agent_is_given_its_token(self) -> None:
        self.agent.name("user-service", [self.instance(1).address])
        self.ask(self.connect_by(self.agent, consul_token="secret"))
        self.ask(self.connect_by(self.agent))
        self.assertEqual({token for _, token in self.agent.asked}, {"secret", None})

    def test_nothing_is_asked_before_the_first_call(self) -> None:
        self.agent.name("user-service", [self.instance(1).address])
        client = self.connect_by(self.agent)
        self.assertEqual(self.agent.asked, [])
        self.ask(client)
        self.assertEqual({path.partition("?")[0] for path, _ in self.agent.asked}, {"/v1/health/service/user-service"})

    def test_the_first_call_waits_for_the_first_answer(self) -> None:
        self.agent.name("user-service", [self.instance(1).address])
        self.agent.leave()
        client = self.connect_by(self.agent, timeout=60)
        answers: list[int] = []
        caller = threading.Thread(target=lambda: answers.append(self.ask(client)))
        caller.start()
        until(lambda: any(thread.name == "consul user-service" for thread in threading.enumerate()))
        self.agent.come_back()
        caller.join()
        self.assertEqual(answers, [1])

    def test_a_call_fails_soon_when_no_instance_is_known(self) -> None:
        client = self.connect_by(self.agent)
        with self.assertRaises(flight.FlightError) as caught:
            self.ask(client)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("names none that passes its checks", caught.exception.message)
        self.agent.name("user-service", [self.instance(1).address])

        def is_found() -> bool:
            try:
                return self.ask(client) == 1
            except flight.FlightError:
                return False

        until(is_found)

    def test_a_call_fails_in_time_when_the_agent_is_away(self) -> None:
        self.agent.leave()
        began_at = time.monotonic()
        with self.assertRaises(flight.FlightError) as caught:
            self.ask(self.connect_by(self.agent, timeout=0.2))
        self.assertIn(self.agent.url, caught.exception.message)
        with self.assertRaises(flight.FlightError):
            self.connect_by(self.agent, timeout=60).users.Login(users.LoginRequest(), timeout=0.2)
        self.assertLess(time.monotonic() - began_at, 10)

    def test_closing_ends_the_thread_at_once(self) -> None:
        self.agent.name("user-service", [self.instance(1).address])
        client = self.connect_by(self.agent)
        self.ask(client)
        self.agent.wait_until_heard()
        began_at = time.monotonic()
        client.close()
        until(lambda: not any(thread.name == "consul user-service" for thread in threading.enumerate()))
        self.assertLess(time.monotonic() - began_at, 5)

    def test_what_is_no_agent_is_refused(self) -> None:
        for url in (
            "localhost:8500",
            "ftp://localhost",
            "http://",
            "",
            "http://localhost:0",
            "http://localhost:99999",
            "http://localhost:http",
            "http://local host:8500",
            "http://local\x01host:8500",
        ):
            with self.subTest(url), self.assertRaises(ValueError):
                flight.connect(consul=url)

    def test_a_token_that_no_header_can_bear_is_refused_and_not_told(self) -> None:
        for token in ("secret\n", "secrét"):
            with self.subTest(repr(token)), self.assertRaises(ValueError) as caught:
                flight.connect(consul=self.agent.url, consul_token=token)
            self.assertNotIn("secr", str(caught.exception))

    def test_an_address_of_ipv6_is_found_too(self) -> None:
        if not has_ipv6():
            self.skipTest("this machine has no IPv6 loopback")
        server = self.serve("[::1]", Login=lambda request, context: users.LoginResponse(user_id=6))
        self.agent.name("user-service", [server.address])
        self.assertEqual(self.ask(self.connect_by(self.agent)), 6)


if __name__ == "__main__":
    unittest.main()
