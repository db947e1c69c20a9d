"""A call of grpcio, seen through."""

from collections.abc import Callable

import grpc

from flight._grpc_types import Metadata


class WrappedCall(grpc.Call):
    """What calls that go on for a while have in common."""

    def __init__(self, inner: grpc.Call) -> None:
        self._inner = inner

    def cancel(self) -> bool:
        """Cancels the call, and says whether it was still under way."""
        return self._inner.cancel()

    def is_active(self) -> bool:
        """Whether it is under way."""
        return self._inner.is_active()

    def time_remaining(self) -> float:
        """Seconds to the deadline."""
        return self._inner.time_remaining()

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Calls back when the call has ended; False when it had ended before."""
        return self._inner.add_callback(callback)

    def code(self) -> grpc.StatusCode:
        """Waits for the end, and answers the status."""
        return self._inner.code()

    def details(self) -> str:
        """Waits for the end, and answers the message of the status."""
        return self._inner.details()

    def initial_metadata(self) -> Metadata:
        """Waits for what the server sends first, and answers it."""
        return self._inner.initial_metadata()

    def trailing_metadata(self) -> Metadata:
        """Waits for the end, and answers what the server sent there."""
        return self._inner.trailing_metadata()
