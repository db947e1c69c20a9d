import copy
import pickle
import unittest
from datetime import timedelta

import grpc

import flight
from flight import FlightError, Reason
from flight.booking.v1 import booking_service_pb2 as bookings
from flight.type.v1 import error_reason_pb2
from flight.user.v1 import flight_update_service_pb2 as updates
from support.bed import Bed
from support.server import Handler, refuse

METHOD = "/flight.booking.v1.BookingService/BookFlight"


def cancelled(request: object, context: grpc.ServicerContext) -> bookings.BookFlightResponse:
    refuse(context, grpc.StatusCode.FAILED_PRECONDITION, Reason.FLIGHT_CANCELLED, {"flight_code": "FL006"})


def busy(request: object, context: grpc.ServicerContext) -> bookings.BookFlightResponse:
    refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.BUSY, retry_after=timedelta(seconds=1.5))


class ErrorTest(Bed):
    def book(self, handler: Handler) -> FlightError:
        client = self.connect(self.serve(BookFlight=handler))
        with self.assertRaises(FlightError) as caught:
            client.bookings.BookFlight(bookings.BookFlightRequest(request_id="mine"))
        return caught.exception

    def test_an_error_says_why(self) -> None:
        error = self.book(cancelled)
        self.assertIs(error.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertEqual(error.reason, Reason.FLIGHT_CANCELLED)
        self.assertEqual(error.reason, "FLIGHT_CANCELLED")
        self.assertEqual(error.metadata, {"flight_code": "FL006"})
        self.assertEqual(error.message, "refused with FLIGHT_CANCELLED")
        self.assertEqual(error.details(), error.message)
        self.assertIsNone(error.retry_after)
        self.assertEqual(error.request_id, "mine")
        self.assertEqual(error.method, METHOD)
        self.assertEqual(
            str(error),
            f"FAILED_PRECONDITION FLIGHT_CANCELLED: refused with FLIGHT_CANCELLED ({METHOD}, request id mine)",
        )

    def test_an_error_says_when_to_come_back(self) -> None:
        self.assertEqual(self.book(busy).retry_after, timedelta(seconds=1.5))

    def test_an_error_is_grpcs_own_too(self) -> None:
        error = self.book(cancelled)
        self.assertIsInstance(error, grpc.RpcError)
        self.assertIsInstance(error.__cause__, grpc.RpcError)
        self.assertIn("grpc-status-details-bin", dict(error.trailing_metadata()))

    def test_an_error_of_no_service_of_ours_has_no_reason(self) -> None:
        def fail(request: object, context: grpc.ServicerContext) -> None:
            context.abort(grpc.StatusCode.INTERNAL, "broken")

        error = self.book(fail)
        self.assertIsNone(error.reason)
        self.assertEqual(error.metadata, {})
        self.assertEqual(error.message, "broken")

    def test_details_that_make_no_sense_leave_the_code_and_the_message(self) -> None:
        def fail(request: object, context: grpc.ServicerContext) -> None:
            context.set_trailing_metadata((("grpc-status-details-bin", b"\xff\xff\xff"),))
            context.abort(grpc.StatusCode.NOT_FOUND, "nothing here")

        error = self.book(fail)
        self.assertIs(error.code(), grpc.StatusCode.NOT_FOUND)
        self.assertIsNone(error.reason)

    def test_an_error_can_be_copied_and_pickled(self) -> None:
        error = self.book(busy)
        for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            self.assertEqual(str(again), str(error))
            self.assertIs(again.code(), error.code())
            self.assertEqual(again.retry_after, error.retry_after)

    def test_each_way_to_call_fails_so(self) -> None:
        client = self.connect(self.serve(BookFlight=cancelled, FollowFlightUpdates=cancelled))
        request = bookings.BookFlightRequest()
        future = client.bookings.BookFlight.future(request)
        error = future.exception()
        self.assertIsInstance(error, FlightError)
        self.assertIsNotNone(future.traceback())
        stream = client.flight_updates.FollowFlightUpdates(updates.FollowFlightUpdatesRequest())
        for call in (
            lambda: client.bookings.BookFlight(request),
            lambda: client.bookings.BookFlight.with_call(request),
            lambda: future.result(),
            lambda: next(stream),
        ):
            with self.assertRaises(FlightError) as caught:
                call()
            self.assertEqual(caught.exception.reason, Reason.FLIGHT_CANCELLED)
            self.assertRegex(caught.exception.request_id, "^[0-9a-f-]{36}$")

    def test_an_instance_that_cannot_be_reached_is_unavailable(self) -> None:
        server = self.serve()
        server.close()
        client = self.connect(server)
        with self.assertRaises(FlightError) as caught:
            client.bookings.BookFlight(bookings.BookFlightRequest())
        self.assertIs(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIsNone(caught.exception.reason)


class ReasonTest(unittest.TestCase):
    def test_reasons_are_those_of_the_contract(self) -> None:
        names = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.keys()}  # noqa: SIM118
        self.assertEqual({reason.value for reason in Reason}, names - {"UNSPECIFIED"})
        self.assertGreater(len(Reason), 20)

    def test_a_reason_reads_as_its_name(self) -> None:
        self.assertEqual(f"{Reason.BUSY} {Reason.BUSY!s}", "BUSY BUSY")
        self.assertEqual(Reason.BUSY, flight.Reason["BUSY"])


if __name__ == "__main__":
    unittest.main()
