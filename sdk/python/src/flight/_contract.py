"""What the contracts say of their methods: deadline, what may be repeated, whether requests have names."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from flight.booking.v1 import booking_change_service_pb2, booking_service_pb2, flight_service_pb2
from flight.etl.v1 import etl_service_pb2
from flight.type.v1 import deadline_pb2
from flight.user.v1 import flight_update_service_pb2, user_change_service_pb2, user_service_pb2

_FILES: Mapping[str, tuple[FileDescriptor, ...]] = {
    "user-service": (
        user_service_pb2.DESCRIPTOR,
        flight_update_service_pb2.DESCRIPTOR,
        user_change_service_pb2.DESCRIPTOR,
    ),
    "booking-service": (
        flight_service_pb2.DESCRIPTOR,
        booking_service_pb2.DESCRIPTOR,
        booking_change_service_pb2.DESCRIPTOR,
    ),
    "etl-service": (etl_service_pb2.DESCRIPTOR,),
}

SERVICES = tuple(_FILES)
"""The services as Consul names them. Each serves several services of the contracts."""

# gRFC A6, with the numbers that all SDKs have.
_RETRY_POLICY = {
    "maxAttempts": 3,
    "initialBackoff": "0.05s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
_RETRY_BUDGET = {"maxTokens": 10, "tokenRatio": 0.1}


_REPEATABLE = (MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT)


@dataclass(frozen=True)
class Method:
    """What the contract says of one method."""

    path: str
    """Its name in HTTP, such as /flight.user.v1.UserService/Login."""

    deadline: float | None
    """How long a call may take whose caller does not say, in seconds. None for a stream."""

    is_retried: bool
    """Whether a call is made again when it is not known what became of it: a unary one that may be repeated. Who reads
    a stream knows where to go on, and does so there."""

    has_request_id: bool
    """Whether its requests have a field `request_id`."""


@cache
def methods_of(service: str) -> Mapping[str, Method]:
    """The methods that a service serves, by path."""
    return {method.path: method for method in map(_read, _descriptors_of(service))}


def service_config(methods: Iterable[Method]) -> str:
    """How to balance and retry, as gRPC wants to be told.

    Calls take turns among instances that can be reached, and what may be retried is on UNAVAILABLE alone, within a
    budget.
    """
    names = []
    for method in methods:
        if method.is_retried:
            _, service, name = method.path.split("/")
            names.append({"service": service, "method": name})
    return json.dumps(
        {
            "loadBalancingConfig": [{"round_robin": {}}],
            "methodConfig": [{"name": names, "retryPolicy": _RETRY_POLICY}],
            "retryThrottling": _RETRY_BUDGET,
        }
    )


def _descriptors_of(service: str) -> list[MethodDescriptor]:
    return [
        method
        for file in _FILES[service]
        for described in file.services_by_name.values()
        for method in described.methods
    ]


def _read(method: MethodDescriptor) -> Method:
    options = method.GetOptions()
    deadline_ms = options.Extensions[deadline_pb2.deadline_ms]
    return Method(
        path=f"/{method.containing_service.full_name}/{method.name}",
        deadline=deadline_ms / 1000 if deadline_ms > 0 else None,
        is_retried=not method.server_streaming and options.idempotency_level in _REPEATABLE,
        has_request_id="request_id" in method.input_type.fields_by_name,
    )
