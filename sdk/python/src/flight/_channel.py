"""The channel that the generated stubs stand on."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import grpc

from flight._call import Caller
from flight._contract import Method
from flight._grpc_types import UnaryStreamMultiCallable, UnaryUnaryMultiCallable
from flight._route import Channels
from flight._stream_call import StreamCall
from flight._unary_call import UnaryCall

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")
_Serializer = Callable[[_Request], bytes] | None
_Deserializer = Callable[[bytes], _Response] | None


class ServiceChannel(grpc.Channel):
    """A channel to one service, whatever its instances are: for one identity, on connections that others share."""

    def __init__(self, caller: Caller, methods: Mapping[str, Method]) -> None:
        self._caller = caller
        self._methods = methods

    def unary_unary(
        self,
        method: str,
        request_serializer: _Serializer[_Request] = None,
        response_deserializer: _Deserializer[_Response] = None,
        _registered_method: bool | None = False,
    ) -> UnaryCall[_Request, _Response]:
        """What a stub calls a method with one answer by."""

        def make(channels: Channels) -> UnaryUnaryMultiCallable[_Request, _Response]:
            return channels.unary.unary_unary(method, request_serializer, response_deserializer)

        return UnaryCall(self._caller, self._methods[method], make)

    def unary_stream(
        self,
        method: str,
        request_serializer: _Serializer[_Request] = None,
        response_deserializer: _Deserializer[_Response] = None,
        _registered_method: bool | None = False,
    ) -> StreamCall[_Request, _Response]:
        """What a stub calls a method with many answers by."""

        def make(channels: Channels) -> UnaryStreamMultiCallable[_Request, _Response]:
            return channels.streams.unary_stream(method, request_serializer, response_deserializer)

        return StreamCall(self._caller, self._methods[method], make)

    def stream_unary(self, method: str, *_: Any, **__: Any) -> NoReturn:
        """The contracts have no such methods."""
        raise NotImplementedError(f"{method}: requests are not streamed in these contracts")

    def stream_stream(self, method: str, *_: Any, **__: Any) -> NoReturn:
        """The contracts have no such methods."""
        raise NotImplementedError(f"{method}: requests are not streamed in these contracts")

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> NoReturn:
        """Not there: a connection is replaced as instances come and go."""
        raise NotImplementedError("the connectivity of this channel can't be subscribed to")

    def unsubscribe(self, callback: Any) -> None:
        """Nothing was subscribed to."""

    def close(self) -> None:
        """Nothing of its own is open: the client closes the connections."""
