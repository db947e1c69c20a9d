"""The one way in which calls fail."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

# Carries a serialized google.rpc.Status beside the plain code and message.
_DETAILS = "grpc-status-details-bin"


class Metadatum(NamedTuple):
    """What a server sent beside a message. Keys that end in -bin have bytes."""

    key: str
    value: str | bytes


class FlightError(grpc.RpcError):
    """A call failed. Match on `reason`, then on `code()`; never on the message.

    What grpcio's own errors have, this has in the same way, as methods: `code()`, `details()`, `trailing_metadata()`.
    grpcio's error itself is the `__cause__`, where there is one.
    """

    message: str
    """What went wrong, for people. The same as `details()`."""

    reason: str | None
    """Why, for programs: one of `flight.Reason`, or a name that a later server has. None when no service of ours
    answered, as when none could be reached."""

    metadata: Mapping[str, str]
    """What goes along with the reason, as `flight.Reason` shows for each. Empty when nothing does."""

    retry_after: timedelta | None
    """When it is worth trying again, if the server said so."""

    request_id: str
    """The call's `x-request-id`, which the logs of the services have."""

    method: str
    """The method that was called, such as /flight.user.v1.UserService/Login."""

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
        request_id: str = "",
        method: str = "",
        trailing_metadata: tuple[Metadatum, ...] = (),
    ) -> None:
        # All of them, so that the error can be copied and pickled.
        super().__init__(code, message, reason, metadata, retry_after, request_id, method, trailing_metadata)
        self._code = code
        self._trailing_metadata = trailing_metadata
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after
        self.request_id = request_id
        self.method = method

    def code(self) -> grpc.StatusCode:
        """The status that the call ended with."""
        return self._code

    def details(self) -> str:
        """What went wrong, for people."""
        return self.message

    def trailing_metadata(self) -> tuple[Metadatum, ...]:  # type: ignore[override]
        """What the server sent at the end of the call."""
        return self._trailing_metadata

    def __str__(self) -> str:
        reason = f" {self.reason}" if self.reason else ""
        return f"{self._code.name}{reason}: {self.message} ({self.method}, request id {self.request_id})"


def to_flight_error(error: grpc.RpcError, *, method: str, request_id: str) -> FlightError:
    """The error that a failed call of grpcio is raised as."""
    trailing = tuple(Metadatum(each.key, each.value) for each in error.trailing_metadata() or ())
    info, retry_after = _decode(trailing)
    return FlightError(
        error.code() or grpc.StatusCode.UNKNOWN,
        error.details() or "",
        info.reason if info else None,
        dict(info.metadata) if info else None,
        retry_after,
        request_id,
        method,
        trailing,
    )


def _decode(trailing: tuple[Metadatum, ...]) -> tuple[ErrorInfo | None, timedelta | None]:
    info: ErrorInfo | None = None
    retry_after: timedelta | None = None
    try:
        for key, value in trailing:
            if key != _DETAILS:
                continue
            for detail in Status.FromString(value).details:
                if detail.Is(ErrorInfo.DESCRIPTOR):
                    info = ErrorInfo.FromString(detail.value)
                elif detail.Is(RetryInfo.DESCRIPTOR):
                    retry_after = RetryInfo.FromString(detail.value).retry_delay.ToTimedelta()
    except (DecodeError, OverflowError):
        # Details of a foreign server that make no sense: the plain code and message still stand.
        return None, None
    return info, retry_after
