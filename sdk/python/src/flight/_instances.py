"""Where a service's instances are."""

from collections.abc import Sequence
from typing import Protocol

from flight._addresses import Address


class Instances(Protocol):
    """The instances of one service, as known now."""

    def known(self, timeout: float) -> Sequence[Address]:
        """Their addresses, in a settled order; empty when none are known.

        Waits for the first answer, at most that many seconds.
        """

    def describe(self) -> str:
        """Why none are known, for the message of an error."""

    def close(self) -> None:
        """Stops following them."""


class GivenInstances:
    """Instances that were named when connecting."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = tuple(dict.fromkeys(addresses))

    def known(self, timeout: float) -> Sequence[Address]:
        """The addresses that were given."""
        return self._addresses

    def describe(self) -> str:
        """That none were given."""
        return "connect() was given no addresses of it"

    def close(self) -> None:
        """Nothing is followed."""
