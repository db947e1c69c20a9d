"""Calls with one answer."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

import grpc

from flight._call import Begun, Caller
from flight._contract import Method
from flight._error import FlightError
from flight._grpc_types import CallFuture, Metadata, UnaryUnaryMultiCallable
from flight._route import Channels
from flight._wrapped_call import WrappedCall

Request = TypeVar("Request")
Response = TypeVar("Response")


class UnaryCall(UnaryUnaryMultiCallable[Request, Response]):
    """A method with one answer, callable in the three ways that grpcio has. All fail with FlightError."""

    def __init__(
        self,
        caller: Caller,
        method: Method,
        make: Callable[[Channels], UnaryUnaryMultiCallable[Request, Response]],
    ) -> None:
        self._caller = caller
        self._method = method
        self._make = make

    def __call__(
        self,
        request: Request,
        timeout: float | None = None,
        metadata: Metadata | None = None,
        credentials: grpc.CallCredentials | None = None,
        wait_for_ready: bool | None = None,
        compression: grpc.Compression | None = None,
    ) -> Response:
        """Calls, waits, and answers the message. The timeout is in seconds."""
        return self.with_call(request, timeout, metadata, credentials, wait_for_ready, compression)[0]

    def with_call(
        self,
        request: Request,
        timeout: float | None = None,
        metadata: Metadata | None = None,
        credentials: grpc.CallCredentials | None = None,
        wait_for_ready: bool | None = None,
        compression: grpc.Compression | None = None,
    ) -> tuple[Response, grpc.Call]:
        """The same, and the call beside the message: what metadata came with it."""
        begun = self._caller.begin(self._method, request, timeout, metadata)
        try:
            return self._on(begun).with_call(
                begun.request, begun.timeout, begun.metadata, credentials, wait_for_ready, compression
            )
        except grpc.RpcError as error:
            raise begun.failed(error) from error
        finally:
            begun.lane.leave()

    def future(
        self,
        request: Request,
        timeout: float | None = None,
        metadata: Metadata | None = None,
        credentials: grpc.CallCredentials | None = None,
        wait_for_ready: bool | None = None,
        compression: grpc.Compression | None = None,
    ) -> CallFuture[Response]:
        """Calls and does not wait, but for a first instance where none is known yet."""
        begun = self._caller.begin(self._method, request, timeout, metadata)
        inner = begun.start(
            lambda: self._on(begun).future(
                begun.request, begun.timeout, begun.metadata, credentials, wait_for_ready, compression
            )
        )
        return UnaryFuture(inner, begun)

    def _on(self, begun: Begun) -> UnaryUnaryMultiCallable[Request, Response]:
        callable_: UnaryUnaryMultiCallable[Request, Response] = begun.lane.callable(self._method.path, self._make)
        return callable_


class UnaryFuture(WrappedCall, CallFuture[Response]):
    """The answer that a call will have: grpcio's future, with errors that say why."""

    def __init__(self, inner: CallFuture[Response], begun: Begun) -> None:
        super().__init__(inner)
        self._future = inner
        self._begun = begun

    def result(self, timeout: float | None = None) -> Response:
        """Waits for the answer, at most that many seconds.

        Raises:
            FlightError: The call failed.
            grpc.FutureTimeoutError: It has not ended in that time.
            grpc.FutureCancelledError: It was cancelled here.
        """
        try:
            return self._future.result(timeout)
        except grpc.RpcError as error:
            raise self._begun.failed(error) from error

    def exception(self, timeout: float | None = None) -> Exception | None:
        """Waits for the end of the call, at most that many seconds, and answers its FlightError if it failed."""
        error = self._future.exception(timeout)
        return self._begun.failed(error) if isinstance(error, grpc.RpcError) else error

    def traceback(self, timeout: float | None = None) -> TracebackType | None:
        """Waits as `exception` does, and answers that error's traceback."""
        try:
            self.result(timeout)
        except FlightError as error:
            return error.__traceback__
        return None

    def add_done_callback(self, fn: Callable[[Any], None]) -> None:
        """Calls back with this future when the call has ended."""
        self._future.add_done_callback(lambda _: fn(self))

    def cancelled(self) -> bool:
        """Whether it was cancelled here."""
        return self._future.cancelled()

    def done(self) -> bool:
        """Whether it has ended."""
        return self._future.done()

    def running(self) -> bool:
        """Whether it is under way."""
        return self._future.running()
