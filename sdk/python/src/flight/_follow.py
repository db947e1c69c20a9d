"""A flight's updates, followed across instances that come and go."""

import threading
from collections.abc import Iterator
from types import TracebackType

import grpc

from flight._backoff import Backoff
from flight._error import FlightError
from flight._grpc_types import CallIterator
from flight.user.v1.flight_update_pb2 import FlightUpdate
from flight.user.v1.flight_update_service_pb2 import FollowFlightUpdatesRequest, FollowFlightUpdatesResponse
from flight.user.v1.flight_update_service_pb2_grpc import FlightUpdateServiceStub

_BACKOFF = (0.1, 5.0)

_ATTEMPTS = 3
"""How often it tries to begin, as often as unary calls are tried. Once it has begun, it does not give up."""


class FlightUpdates:
    """A flight's updates in order, each once, without end: an iterator that waits for the next one.

    Closing it, from whichever thread, ends it; so does leaving it as a context.
    """

    def __init__(self, stub: FlightUpdateServiceStub, code: str, after: int | None) -> None:
        """Use `Client.follow_flight`."""
        self._stub = stub
        self._code = code
        self._last = after
        self._backoff = Backoff(*_BACKOFF)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._stream, self._early = self._begin()

    def __iter__(self) -> Iterator[FlightUpdate]:
        return self

    def __next__(self) -> FlightUpdate:
        """Waits for the next update.

        Raises:
            FlightError: The service refuses to go on, as when the token has expired. That is the end.
            StopIteration: It was closed.
        """
        early, self._early = self._early, None
        if early:
            return early
        while not self._closing.is_set():
            try:
                update = self._accept(next(self._stream))
            except (StopIteration, FlightError, _Behind) as end:
                self._go_on(end)
                continue
            if update:
                # Not at the first message of a stream: one that breaks right after it has not come any further.
                self._backoff.reset()
                return update
        raise StopIteration

    def close(self) -> None:
        """Ends it, and cancels its call."""
        with self._lock:
            self._closing.set()
            self._stream.cancel()

    def __enter__(self) -> "FlightUpdates":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> tuple[CallIterator[FollowFlightUpdatesResponse], FlightUpdate | None]:
        """Opens the first stream, and waits for its first message.

        It says where the flight stands. From there on nothing is missed, whenever a stream breaks.
        """
        for left in reversed(range(_ATTEMPTS)):
            stream = self._open()
            try:
                first = next(stream, None)
                return stream, first and self._accept(first)
            except _Behind:
                stream.cancel()
            except FlightError as error:
                if not _is_passing(error) or left == 0:
                    raise
            self._closing.wait(self._backoff.next())
        raise AssertionError("the last attempt returns or raises")

    def _open(self) -> CallIterator[FollowFlightUpdatesResponse]:
        return self._stub.FollowFlightUpdates(
            FollowFlightUpdatesRequest(flight_code=self._code, after_sequence=self._last)
        )

    def _accept(self, message: FollowFlightUpdatesResponse) -> FlightUpdate | None:
        """The message's update if it has one that has not been seen.

        Raises:
            _Behind: The service stands below the number that it was asked to go on after.
        """
        if message.HasField("position"):
            latest = message.position.latest_sequence
            behind = self._last is not None and latest < self._last
            if self._last is None or behind:
                self._last = latest
            if behind:
                raise _Behind
        update = message.flight_update
        if not message.HasField("flight_update") or update.sequence <= (self._last or 0):
            return None
        self._last = update.sequence
        return update

    def _go_on(self, end: Exception) -> None:
        """Opens the next stream after one that has ended, unless its end is the end of all."""
        if self._closing.is_set():
            return
        if isinstance(end, FlightError) and not _is_passing(end):
            self.close()
            raise end
        if isinstance(end, _Behind):
            self._stream.cancel()
        self._closing.wait(max(self._backoff.next(), _asked_to_wait(end)))
        try:
            stream = self._open()
        except FlightError:
            # No instance is known. The stream of before says again that it has ended.
            return
        with self._lock:
            self._stream = stream
            if self._closing.is_set():
                stream.cancel()


class _Behind(Exception):
    """The service has lost updates since it gave a number, as when a backup was restored: those that come are lower."""


def _is_passing(error: FlightError) -> bool:
    """Whether another instance, or the same one later, may go on.

    UNAVAILABLE is also what an instance ends with that was killed, or that does not answer pings. One that has as many
    followers as it may have says when to come back; another may have room.
    """
    return error.code() is grpc.StatusCode.UNAVAILABLE or error.retry_after is not None


def _asked_to_wait(end: Exception) -> float:
    """How long the service asks to stay away, in seconds."""
    if isinstance(end, FlightError) and end.retry_after is not None:
        return end.retry_after.total_seconds()
    return 0
