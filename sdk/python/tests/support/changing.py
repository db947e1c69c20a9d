from collections.abc import Sequence

from flight._addresses import Address


class Changing:
    """Instances that a test changes."""

    def __init__(self, *addresses: Address) -> None:
        self.addresses: Sequence[Address] = addresses
        self.waited: list[float] = []

    def known(self, timeout: float) -> Sequence[Address]:
        self.waited.append(timeout)
        return self.addresses

    def describe(self) -> str:
        return "nobody is there"

    def close(self) -> None:
        pass
