from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from flight import Reason
from flight.booking.v1 import booking_change_service_pb2_grpc, booking_service_pb2_grpc, flight_service_pb2_grpc
from flight.etl.v1 import etl_service_pb2_grpc
from flight.user.v1 import flight_update_service_pb2_grpc, user_change_service_pb2_grpc, user_service_pb2_grpc

Handler = Callable[[Any, grpc.ServicerContext], Any]

_SERVICERS: Sequence[tuple[type, Callable[[Any, grpc.Server], None]]] = [
    (user_service_pb2_grpc.UserServiceServicer, user_service_pb2_grpc.add_UserServiceServicer_to_server),
    (
        flight_update_service_pb2_grpc.FlightUpdateServiceServicer,
        flight_update_service_pb2_grpc.add_FlightUpdateServiceServicer_to_server,
    ),
    (
        user_change_service_pb2_grpc.UserChangeServiceServicer,
        user_change_service_pb2_grpc.add_UserChangeServiceServicer_to_server,
    ),
    (flight_service_pb2_grpc.FlightServiceServicer, flight_service_pb2_grpc.add_FlightServiceServicer_to_server),
    (booking_service_pb2_grpc.BookingServiceServicer, booking_service_pb2_grpc.add_BookingServiceServicer_to_server),
    (
        booking_change_service_pb2_grpc.BookingChangeServiceServicer,
        booking_change_service_pb2_grpc.add_BookingChangeServiceServicer_to_server,
    ),
    (etl_service_pb2_grpc.EtlServiceServicer, etl_service_pb2_grpc.add_EtlServiceServicer_to_server),
]


class Server:
    """A gRPC server on loopback. Methods that no handler is given for are UNIMPLEMENTED."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: grpc.ServerCredentials | None = None,
        **handlers: Handler,
    ) -> None:
        self._grpc = grpc.server(ThreadPoolExecutor(max_workers=16), options=[("grpc.so_reuseport", 0)])
        for servicer_type, add in _SERVICERS:
            servicer = servicer_type()
            for name in [name for name in handlers if hasattr(servicer, name)]:
                setattr(servicer, name, handlers.pop(name))
            add(servicer, self._grpc)
        assert not handlers, f"no such methods: {', '.join(handlers)}"
        where = f"{host}:{port}"
        self.port = (
            self._grpc.add_secure_port(where, credentials) if credentials else self._grpc.add_insecure_port(where)
        )
        self.address = f"{host}:{self.port}"
        self._grpc.start()

    def close(self) -> None:
        """Cuts all calls and connections, and waits until that is done."""
        self._grpc.stop(None).wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def metadata_of(context: grpc.ServicerContext) -> dict[str, str | bytes]:
    """What came with a call."""
    return dict(context.invocation_metadata())


def refuse(
    context: grpc.ServicerContext,
    code: grpc.StatusCode,
    reason: Reason,
    metadata: dict[str, str] | None = None,
    retry_after: timedelta | None = None,
) -> NoReturn:
    """Fails a call as the services do."""
    status = status_pb2.Status(code=code.value[0], message=f"refused with {reason}")
    details: list[Any] = [error_details_pb2.ErrorInfo(reason=reason, domain="user-service", metadata=metadata or {})]
    if retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(retry_after)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, status.message)
