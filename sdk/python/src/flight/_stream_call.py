"""Calls with many answers."""

from collections.abc import Callable
from typing import TypeVar

import grpc

from flight._call import Begun, Caller
from flight._contract import Method
from flight._grpc_types import CallIterator, Metadata, UnaryStreamMultiCallable
from flight._route import Channels
from flight._wrapped_call import WrappedCall

Request = TypeVar("Request")
Response = TypeVar("Response")


class StreamCall(UnaryStreamMultiCallable[Request, Response]):
    """A method with many answers. It has no deadline unless the caller gives one."""

    def __init__(
        self,
        caller: Caller,
        method: Method,
        make: Callable[[Channels], UnaryStreamMultiCallable[Request, Response]],
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
    ) -> CallIterator[Response]:
        """Calls, and answers an iterator over the messages, which fails with FlightError.

        `cancel()` ends it; so does letting go of it.
        """
        begun = self._caller.begin(self._method, request, timeout, metadata)

        def start() -> CallIterator[Response]:
            callable_: UnaryStreamMultiCallable[Request, Response] = begun.lane.callable(self._method.path, self._make)
            return callable_(begun.request, begun.timeout, begun.metadata, credentials, wait_for_ready, compression)

        inner = begun.start(start)
        return Stream(inner, begun)


class Stream(WrappedCall, CallIterator[Response]):
    """The messages as they come."""

    def __init__(self, inner: CallIterator[Response], begun: Begun) -> None:
        super().__init__(inner)
        self._messages = inner
        self._begun = begun

    def __iter__(self) -> "Stream[Response]":
        return self

    def __next__(self) -> Response:
        try:
            return next(self._messages)
        except grpc.RpcError as error:
            raise self._begun.failed(error) from error
