"""What is added to each call: a deadline, a request id, a token; and errors that say why."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import grpc
from google.protobuf.message import Message

from flight._contract import Method
from flight._error import FlightError, to_flight_error
from flight._grpc_types import Metadata
from flight._instances import NoInstance
from flight._route import Lane, Route

_Going = TypeVar("_Going", bound=grpc.RpcContext)

Token = str | Callable[[], str]
"""An access token, or what gives one before each call: in the caller's thread, and for as long as that takes."""

_REQUEST_ID = "x-request-id"
_AUTHORIZATION = "authorization"

# What a request id may be, in the contracts and in the services' logs.
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Begun:
    """A call as it is handed to grpcio. Whoever holds it leaves the lane when the call has ended."""

    lane: Lane
    request: Any
    timeout: float | None
    metadata: Metadata
    method: str
    request_id: str

    def start(self, start: Callable[[], _Going]) -> _Going:
        """Starts a call that goes on by itself, and sees to it that its lane is left when it has ended.

        Raises:
            FlightError: It could not be started.
        """
        try:
            going = start()
        except BaseException as error:
            self.lane.leave()
            if isinstance(error, grpc.RpcError):
                raise self.failed(error) from error
            raise
        if not going.add_callback(self.lane.leave):
            self.lane.leave()
        return going

    def failed(self, error: grpc.RpcError) -> FlightError:
        """The error that the call's error is raised as."""
        failure = to_flight_error(error, method=self.method, request_id=self.request_id)
        failure.__cause__ = error
        return failure


class Caller:
    """Begins calls of one service for one identity."""

    def __init__(self, route: Route, token: Token | None) -> None:
        self._route = route
        self._token = token

    def begin(
        self,
        method: Method,
        request: Any,
        timeout: float | None,
        metadata: Iterable[tuple[str, str | bytes]] | None,
    ) -> Begun:
        """Prepares a call, and enters its lane.

        The caller's timeout, in seconds, covers the wait for a first instance too. The contract's deadline counts from
        when an instance is known.

        Raises:
            FlightError: There is no instance, or no token.
            ValueError: The client is closed.
        """
        began_at = time.monotonic()
        request = _named(request) if method.has_request_id else request
        complete, request_id = self._complete(method, request, metadata)
        try:
            lane = self._route.enter(timeout)
        except NoInstance as error:
            raise FlightError(error.code, str(error), method=method.path, request_id=request_id) from error
        left = method.deadline if timeout is None else max(0, timeout - (time.monotonic() - began_at))
        return Begun(lane, request, left, complete, method.path, request_id)

    def _complete(
        self, method: Method, request: Any, metadata: Iterable[tuple[str, str | bytes]] | None
    ) -> tuple[Metadata, str]:
        """The metadata with what is missing in it, and the call's request id."""
        complete = tuple(metadata or ())
        given = dict(complete)
        request_id = given.get(_REQUEST_ID)
        if isinstance(request_id, bytes):
            request_id = request_id.decode(errors="replace")
        elif request_id is None:
            # In logs the call is called as its request, where that has a name that may be sent so.
            named = _id_of(request)
            request_id = named if _VISIBLE_ASCII.fullmatch(named) else str(uuid4())
            complete += ((_REQUEST_ID, request_id),)
        if self._token is not None and _AUTHORIZATION not in given:
            complete += ((_AUTHORIZATION, f"Bearer {_ask(self._token, method, request_id)}"),)
        return complete, request_id


def _ask(token: Token, method: Method, request_id: str) -> str:
    """The token for a call. What is said of one that can't be had never has it in it."""

    def refused(message: str) -> FlightError:
        return FlightError(grpc.StatusCode.UNAUTHENTICATED, message, method=method.path, request_id=request_id)

    try:
        value = token() if callable(token) else token
    except FlightError:
        # It says more than we could: that the service that gives tokens is away, for one.
        raise
    except Exception as error:
        raise refused(f"the function for the token failed with {type(error).__name__}") from error
    if not isinstance(value, str):
        raise refused(f"a token is a str, not {type(value).__name__}")
    if not (value.isascii() and value.isprintable()):
        raise refused("the token has characters that metadata can't have")
    return value


def _named(request: Any) -> Any:
    """The request if it has a request id, else a copy that has one: the caller may send its own again, as another."""
    if not isinstance(request, Message) or _id_of(request):
        return request
    copy: Any = type(request)()
    copy.CopyFrom(request)
    copy.request_id = str(uuid4())
    return copy


def _id_of(request: Any) -> str:
    return getattr(request, "request_id", "")
