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

_BACKOFF = (0.05, 5.0)

_METHOD = "/flight.user.v1.FlightUpdateService/FollowFlightUpdates"


class FlightUpdates:
    """A flight's updates in order, each once, without end: an iterator that waits for the next one.

    Closing it, from whichever thread, ends it; so does leaving it as a context.
    """

    def __init__(self, stub: FlightUpdateServiceStub, ending: threading.Event, code: str, after: int | None) -> None:
        """Use `Client.follow_flight`, which sets the event when the client is closed."""
        self._stub = stub
        self._ending = ending
        self._code = code
        self._last = after
        self._backoff = Backoff(*_BACKOFF)
        self._lock = threading.Lock()
        self._stream: CallIterator[FollowFlightUpdatesResponse] | None = None
        self._is_closed = False
        # The first message says where the flight stands. From there on nothing is missed, whenever a stream breaks.
        self._early = self._hear()

    def __iter__(self) -> Iterator[FlightUpdate]:
        return self

    def __next__(self) -> FlightUpdate:
        """Waits for the next update.

        Raises:
            FlightError: The service refuses to go on, as when the token has expired; no token could be had; or the
                client was closed, which is CANCELLED. That is the end.
            StopIteration: It was closed.
        """
        update, self._early = self._early, None
        while update is None:
            update = self._hear()
        return update

    def close(self) -> None:
        """Ends it, and cancels its call."""
        with self._lock:
            self._is_closed = True
            self._ending.set()
            if self._stream:
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

    def _hear(self) -> FlightUpdate | None:
        """Waits for the next message, of a further stream where one ends, and answers its update if it is a new one."""
        while not self._is_closed:
            try:
                update = self._accept(next(self._stream or self._open()))
            except (StopIteration, FlightError, _Behind) as end:
                self._leave(end)
                continue
            if update:
                # Not at the first message of a stream: one that breaks right after it has not come any further.
                self._backoff.reset()
            return update
        raise StopIteration

    def _open(self) -> CallIterator[FollowFlightUpdatesResponse]:
        request = FollowFlightUpdatesRequest(flight_code=self._code, after_sequence=self._last)
        try:
            stream = self._stub.FollowFlightUpdates(request)
        except ValueError as error:
            if not self._ending.is_set():
                raise
            raise FlightError(grpc.StatusCode.CANCELLED, str(error), method=_METHOD) from error
        with self._lock:
            self._stream = stream
            if self._is_closed:
                stream.cancel()
        return stream

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

    def _leave(self, end: Exception) -> None:
        """Waits until it is time for the next stream, unless what ended this one is the end of all."""
        with self._lock:
            stream, self._stream = self._stream, None
        if stream and isinstance(end, _Behind):
            stream.cancel()
        if self._is_closed:
            return
        if isinstance(end, FlightError) and not (_is_passing(end) or (stream and _is_broken_off(end))):
            self.close()
            raise end
        self._ending.wait(max(self._backoff.next(), _asked_to_wait(end)))
        if self._ending.is_set() and not self._is_closed:
            self.close()
            raise FlightError(grpc.StatusCode.CANCELLED, "the client is closed", method=_METHOD) from end


class _Behind(Exception):
    """The service has lost updates since it gave a number, as when a backup was restored: those that come are lower."""


def _is_passing(error: FlightError) -> bool:
    """Whether another instance, or the same one later, may go on.

    UNAVAILABLE is also what an instance ends with that was killed, or that does not answer pings, and what there is
    while no instance is known. RESOURCE_EXHAUSTED is one that has as many followers as it may have.
    """
    return error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


def _is_broken_off(error: FlightError) -> bool:
    """Whether something on the way, such as a proxy, ended a stream, and no service of ours: those give a reason.

    grpcio tells a reset from an error of the server's only in its message.
    """
    is_cut = error.code() is grpc.StatusCode.CANCELLED or "RST_STREAM" in error.message
    return error.reason is None and is_cut


def _asked_to_wait(end: Exception) -> float:
    """How long the service asks to stay away, in seconds."""
    if isinstance(end, FlightError) and end.retry_after is not None:
        return end.retry_after.total_seconds()
    return 0
