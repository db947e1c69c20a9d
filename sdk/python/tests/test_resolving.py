import threading
import unittest
from collections.abc import Sequence

from flight._addresses import Address, resolve
from flight._resolved_instances import ResolvedInstances
from support.changing import Changing
from support.until import PATIENCE, until

ONE, TWO = Address("192.0.2.1", 1), Address("192.0.2.2", 2)
ALONE = Address("flights.example", 1)
NAMES = (Address("one.example", 1), Address("two.example", 2))
OTHER_NAMES = (Address("three.example", 1), Address("four.example", 2))


class Names:
    """A resolver that a test lets answer."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.failures = 0
        self.asked: list[tuple[Sequence[Address], threading.Thread]] = []

    def resolve(self, addresses: Sequence[Address]) -> Sequence[Address]:
        self.asked.append((addresses, threading.current_thread()))
        self.answers.wait()
        if self.failures > 0:
            self.failures -= 1
            raise OSError("nobody knows them")
        return (ONE, TWO) if addresses == NAMES else (TWO,)


class ResolvingTest(unittest.TestCase):
    def setUp(self) -> None:
        self.names = Names()
        self.addCleanup(self.names.answers.set)

    def open(self, *addresses: Address) -> ResolvedInstances:
        self.given = Changing(*addresses)
        instances = ResolvedInstances(self.given, self.names.resolve)
        self.addCleanup(instances.close)
        return instances

    def test_what_is_resolved_stays_as_it_is(self) -> None:
        for addresses in ((ONE, TWO), (ALONE,), ()):
            self.assertEqual(self.open(*addresses).known(PATIENCE), addresses)
        self.assertEqual(self.names.asked, [])

    def test_the_first_call_waits_for_names_for_as_long_as_it_may(self) -> None:
        instances = self.open(*NAMES)
        self.assertEqual(instances.known(0.01), ())
        self.assertIn("not been resolved yet", instances.describe())
        self.names.answers.set()
        self.assertEqual(instances.known(PATIENCE), (ONE, TWO))

    def test_names_are_resolved_once_and_in_no_callers_thread(self) -> None:
        instances = self.open(*NAMES)
        self.names.answers.set()
        for _ in range(5):
            self.assertEqual(instances.known(PATIENCE), (ONE, TWO))
        ((asked, thread),) = self.names.asked
        self.assertEqual(asked, NAMES)
        self.assertIsNot(thread, threading.current_thread())

    def test_calls_go_where_they_went_while_names_are_resolved(self) -> None:
        instances = self.open(ONE)
        self.assertEqual(instances.known(PATIENCE), (ONE,))
        self.given.addresses = NAMES
        for _ in range(5):
            self.assertEqual(instances.known(PATIENCE), (ONE,))
        self.names.answers.set()
        until(lambda: instances.known(PATIENCE) == (ONE, TWO))
        self.assertEqual(len(self.names.asked), 1)

    def test_names_that_nobody_knows_are_said_at_once_and_asked_for_again(self) -> None:
        instances = self.open(*NAMES)
        self.names.failures = 1
        self.names.answers.set()
        self.assertEqual(instances.known(PATIENCE), ())
        self.assertIn("nobody knows them", instances.describe())
        until(lambda: instances.known(PATIENCE) == (ONE, TWO))
        self.assertEqual(len(self.names.asked), 2)

    def test_a_set_that_is_replaced_while_it_is_resolved_is_forgotten(self) -> None:
        instances = self.open(*NAMES)
        instances.known(0)
        until(lambda: len(self.names.asked) == 1)
        self.given.addresses = OTHER_NAMES
        instances.known(0)
        self.names.answers.set()
        self.assertEqual(instances.known(PATIENCE), (TWO,))
        self.assertEqual([asked for asked, _ in self.names.asked], [NAMES, OTHER_NAMES])

    def test_closing_ends_the_thread(self) -> None:
        instances = self.open(*NAMES)
        self.names.failures = 1000
        self.names.answers.set()
        instances.known(PATIENCE)
        instances.close()
        thread = self.names.asked[0][1]
        thread.join(PATIENCE)
        self.assertFalse(thread.is_alive())

    def test_what_is_no_name_is_passed_over(self) -> None:
        self.assertEqual(resolve([Address("a..b", 1), ONE]), (ONE,))
        with self.assertRaises(OSError):
            resolve([Address("a..b", 1), Address("nobody.invalid", 1)])


if __name__ == "__main__":
    unittest.main()
