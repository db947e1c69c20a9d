"""The way that the calls of one service take: to the instances of now."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import WeakSet

import grpc

from flight._addresses import Address
from flight._instances import Instances, NoInstance


class Channels(NamedTuple):
    """Channels to one set of instances."""

    unary: grpc.Channel
    streams: grpc.Channel

    def close(self) -> None:
        """Closes both, and cancels what is under way on them."""
        self.unary.close()
        self.streams.close()


Opener = Callable[[Sequence[Address]], Channels]
"""Makes channels to a set of instances."""


class Lane:
    """Channels to one set of instances, and the calls that are under way on them."""

    def __init__(self, channels: Channels, addresses: Sequence[Address]) -> None:
        self.channels = channels
        self.addresses = addresses
        self._lock = threading.Lock()
        self._callables: dict[str, Any] = {}
        self._under_way = 0
        self._is_retired = False

    def callable(self, path: str, make: Callable[[Channels], Any]) -> Any:
        """What calls a method here, made once."""
        with self._lock:
            found = self._callables.get(path)
            if found is None:
                found = self._callables[path] = make(self.channels)
            return found

    def enter(self) -> None:
        """A call begins."""
        with self._lock:
            self._under_way += 1

    def leave(self) -> None:
        """A call has ended."""
        with self._lock:
            self._under_way -= 1
            is_over = self._is_retired and self._under_way == 0
        if is_over:
            self._close_aside()

    def retire(self) -> None:
        """No call begins here any more; those that are under way go on to their end, then the channels are closed."""
        with self._lock:
            self._is_retired = True
            is_over = self._under_way == 0
        if is_over:
            self._close_aside()

    def _close_aside(self) -> None:
        # Closing waits for grpcio's own thread, which may be the one that says that the last call ended.
        threading.Thread(target=self.channels.close, name="close channels", daemon=True).start()


class Route:
    """Leads each call to a lane whose instances are those that are known now."""

    def __init__(self, service: str, instances: Instances, open_channels: Opener, timeout: float) -> None:
        self._service = service
        self._instances = instances
        self._open_channels = open_channels
        self._timeout = timeout
        self._lock = threading.Lock()
        # What follows is guarded by the lock.
        self._lane: Lane | None = None
        self._lanes = WeakSet[Lane]()
        self._ending = WeakSet[threading.Event]()
        self._is_closed = False

    def enter(self, timeout: float | None) -> Lane:
        """The lane for a call that begins now; the caller leaves it when the call has ended.

        Waits for the first instances, at most `timeout` seconds and at most as long as connect() allows.

        Raises:
            NoInstance: None is known.
            ValueError: The client is closed.
        """
        addresses = self._instances.known(self._timeout if timeout is None else min(timeout, self._timeout))
        with self._lock:
            self._refuse_if_closed()
            if self._lane is None or self._lane.addresses != addresses:
                self._change_lane(addresses)
            assert self._lane is not None
            self._lane.enter()
            return self._lane

    def set_when_closed(self, event: threading.Event) -> None:
        """Sets the event when this is closed, if somebody still has it.

        Raises:
            ValueError: The client is closed.
        """
        with self._lock:
            self._refuse_if_closed()
            self._ending.add(event)

    def close(self) -> None:
        """Cancels what is under way, and ends."""
        self._instances.close()
        with self._lock:
            self._is_closed = True
            lanes = list(self._lanes)
            # First: who waits for a call that is cancelled, or is refused one from now on, is to know why.
            for event in self._ending:
                event.set()
        for lane in lanes:
            lane.channels.close()

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise ValueError("the client is closed")

    def _change_lane(self, addresses: Sequence[Address]) -> None:
        if not addresses:
            raise NoInstance(f"no instance of {self._service} is known: {self._instances.describe()}")
        before, self._lane = self._lane, Lane(self._open_channels(addresses), addresses)
        self._lanes.add(self._lane)
        if before:
            before.retire()
