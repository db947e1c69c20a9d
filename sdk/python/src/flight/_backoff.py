"""How long to wait before trying again."""

import random


class Backoff:
    """Doubles up to a maximum, in seconds, with full jitter above the minimum: who failed together comes back apart."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self._minimum = minimum
        self._maximum = maximum
        self._ceiling = minimum * 2

    def next(self) -> float:
        """How long to wait this time, in seconds."""
        wait = random.uniform(self._minimum, self._ceiling)
        self._ceiling = min(self._maximum, self._ceiling * 2)
        return wait

    def reset(self) -> None:
        """Begins anew, after something went well."""
        self._ceiling = self._minimum * 2
