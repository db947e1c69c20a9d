import threading
from itertools import islice

import flight
from flight import FlightError
from support.bed import Bed
from support.following import Updates
from support.until import PATIENCE


def texts(updates: flight.FlightUpdates, count: int) -> list[tuple[int, str]]:
    """The next updates, by number."""
    return [(update.sequence, update.update) for update in islice(updates, count)]


def give(answers: list[str | FlightError]) -> str:
    """The next answer of a function for the token."""
    answer = answers.pop(0)
    if isinstance(answer, FlightError):
        raise answer
    return answer


class Began:
    """A thread that begins to follow."""

    def __init__(self, client: flight.Client) -> None:
        self._failures: list[FlightError] = []
        self._client = client
        self._thread = threading.Thread(target=self._begin)
        self._thread.start()

    def failure(self) -> FlightError:
        """Waits until it has failed."""
        self._thread.join(PATIENCE)
        (failure,) = self._failures
        return failure

    def _begin(self) -> None:
        try:
            self._client.follow_flight("FL001")
        except FlightError as error:
            self._failures.append(error)


class FollowBed(Bed):
    """Follows updates of a server of its own."""

    def follow(self, updates: Updates, after: int | None = None) -> flight.FlightUpdates:
        client = self.connect(self.serve(FollowFlightUpdates=updates.handle))
        followed = client.follow_flight("FL001", after)
        self.addCleanup(followed.close)
        return followed
