import threading
import unittest
from collections.abc import Sequence

import grpc

from flight._addresses import Address, parse_address, to_target
from flight._backoff import Backoff
from flight._instances import GivenInstances, NoInstance
from flight._route import Channels, Route
from support.changing import Changing
from support.until import PATIENCE

ONE, TWO = Address("192.0.2.1", 1), Address("192.0.2.2", 2)


class RouteTest(unittest.TestCase):
    def setUp(self) -> None:
        self.instances = Changing(ONE)
        self.closed = {ONE: threading.Event(), TWO: threading.Event()}
        self.route = Route("user-service", self.instances, self.open_channels, timeout=3)
        self.addCleanup(self.route.close)

    def open_channels(self, addresses: Sequence[Address]) -> Channels:
        unary, streams = (grpc.insecure_channel(to_target(addresses)) for _ in range(2))
        close = streams.close

        def close_and_tell() -> None:
            close()
            self.closed[addresses[0]].set()

        streams.close = close_and_tell  # type: ignore[method-assign]
        return Channels(unary, streams)

    def test_calls_share_a_channel_while_the_instances_stay_the_same(self) -> None:
        self.assertIs(self.route.enter(None), self.route.enter(None))

    def test_a_channel_is_closed_after_the_last_call_on_it(self) -> None:
        first, second = self.route.enter(None), self.route.enter(None)
        self.instances.addresses = (TWO,)
        self.assertEqual(self.route.enter(None).addresses, (TWO,))
        first.leave()
        self.assertFalse(self.closed[ONE].is_set())
        second.leave()
        self.assertTrue(self.closed[ONE].wait(PATIENCE))
        self.assertFalse(self.closed[TWO].is_set())

    def test_a_channel_without_calls_is_closed_when_it_is_replaced(self) -> None:
        self.route.enter(None).leave()
        self.instances.addresses = (TWO,)
        self.route.enter(None)
        self.assertTrue(self.closed[ONE].wait(PATIENCE))

    def test_closing_closes_those_with_calls_on_them_too(self) -> None:
        lane = self.route.enter(None)
        self.instances.addresses = (TWO,)
        self.route.enter(None)
        self.route.close()
        self.assertTrue(all(closed.is_set() for closed in self.closed.values()))
        self.assertEqual(lane.addresses, (ONE,))
        with self.assertRaisesRegex(ValueError, "closed"):
            self.route.enter(None)

    def test_the_wait_for_an_instance_is_the_shorter_of_two(self) -> None:
        for timeout in (None, 1, 30):
            self.route.enter(timeout)
        self.assertEqual(self.instances.waited, [3, 1, 3])

    def test_no_instance_is_said_with_its_cause(self) -> None:
        self.instances.addresses = ()
        with self.assertRaisesRegex(NoInstance, "user-service is known: nobody is there"):
            self.route.enter(None)

    def test_a_service_that_was_given_no_addresses_is_said(self) -> None:
        route = Route("etl-service", GivenInstances("etl-service", []), self.open_channels, timeout=3)
        with self.assertRaisesRegex(NoInstance, r"connect\(\) was given no addresses of etl-service") as caught:
            route.enter(None)
        self.assertIs(caught.exception.code, grpc.StatusCode.FAILED_PRECONDITION)


class AddressTest(unittest.TestCase):
    def test_addresses_are_read(self) -> None:
        self.assertEqual(parse_address("127.0.0.1:5000"), Address("127.0.0.1", 5000))
        self.assertEqual(parse_address("[::1]:5000"), Address("::1", 5000))
        self.assertEqual(parse_address("flights.example:443"), Address("flights.example", 443))

    def test_what_is_no_address_is_refused(self) -> None:
        for text in (
            "",
            "127.0.0.1",
            ":5000",
            "::1:5000",
            "host:",
            "host:0",
            "host:65536",
            "host:http",
            "http://host:80",
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_address(text)

    def test_a_target_has_one_family(self) -> None:
        four, six = Address("127.0.0.1", 1), Address("::1", 2)
        self.assertEqual(to_target([four, Address("127.0.0.1", 2)]), "ipv4:127.0.0.1:1,127.0.0.1:2")
        self.assertEqual(to_target([six]), "ipv6:[::1]:2")
        self.assertEqual(to_target([four, six]), "ipv6:[::ffff:127.0.0.1]:1,[::1]:2")
        self.assertEqual(to_target([Address("flights.example", 443)]), "dns:///flights.example:443")


class BackoffTest(unittest.TestCase):
    def test_waits_grow_to_a_maximum_and_begin_anew(self) -> None:
        backoff = Backoff(1, 8)
        for ceiling in (2, 4, 8, 8, 8):
            self.assertTrue(1 <= backoff.next() <= ceiling)
        backoff.reset()
        self.assertTrue(1 <= backoff.next() <= 2)


if __name__ == "__main__":
    unittest.main()
