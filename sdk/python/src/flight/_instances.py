"""Where a service's instances are."""

from collections.abc import Sequence
from typing import Protocol

import grpc

from flight._addresses import Address


class NoInstance(Exception):
    """There is nowhere to go, for the reason in the message; the code is what calls fail with."""

    def __init__(self, message: str, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> None:
        super().__init__(message)
        self.code = code


class Instances(Protocol):
    """The instances of one service, as known now."""

    def known(self, timeout: float) -> Sequence[Address]:
        """Their addresses, in a settled order; empty when none are known.

        Waits for the first answer, at most that many seconds.

        Raises:
            NoInstance: There will never be any.
        """

    def describe(self) -> str:
        """Why none are known, for the message of an error."""

    def close(self) -> None:
        """Stops following them."""


class GivenInstances:
    """Instances that were named when connecting."""

    def __init__(self, service: str, addresses: Sequence[Address]) -> None:
        self._service = service
        self._addresses = tuple(dict.fromkeys(addresses))

    def known(self, timeout: float) -> Sequence[Address]:
        """The addresses that were given."""
        if not self._addresses:
            # To try again is no use before the program is another one.
            raise NoInstance(self.describe(), grpc.StatusCode.FAILED_PRECONDITION)
        return self._addresses

    def describe(self) -> str:
        """That none were given."""
        return f"connect() was given no addresses of {self._service}"

    def close(self) -> None:
        """Nothing is followed."""
