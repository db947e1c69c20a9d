import threading
import traceback
import unittest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import grpc

import flight
from flight.booking.v1 import booking_service_pb2 as bookings
from flight.booking.v1 import flight_service_pb2 as flights
from flight.user.v1 import flight_update_service_pb2 as updates
from flight.user.v1 import user_service_pb2 as users
from support.bed import Bed
from support.server import metadata_of
from support.until import PATIENCE


class DeadlineTest(Bed):
    def setUp(self) -> None:
        super().setUp()
        self.left: list[float | None] = []

        def note(request: object, context: grpc.ServicerContext) -> users.RegisterResponse:
            self.left.append(context.time_remaining())
            return users.RegisterResponse()

        def follow(request: object, context: grpc.ServicerContext) -> object:
            self.left.append(context.time_remaining())
            yield updates.FollowFlightUpdatesResponse()

        self.client = self.connect(self.serve(Register=note, FollowFlightUpdates=follow))

    def test_a_call_has_the_deadline_of_the_contract(self) -> None:
        self.client.users.Register(users.RegisterRequest())
        self.client.users.Register.future(users.RegisterRequest()).result()
        self.client.users.Register.with_call(users.RegisterRequest())
        self.assertEqual(len(self.left), 3)
        for left in self.left:
            self.assertTrue(left is not None and 1 < left < 3.5, left)

    def test_the_callers_own_deadline_wins(self) -> None:
        self.client.users.Register(users.RegisterRequest(), timeout=60)
        (left,) = self.left
        self.assertTrue(left is not None and 30 < left < 61, left)

    def test_a_stream_has_none(self) -> None:
        list(self.client.flight_updates.FollowFlightUpdates(updates.FollowFlightUpdatesRequest()))
        (left,) = self.left
        self.assertTrue(left is None or left > 1e9, left)

    def test_what_is_not_answered_in_time_fails(self) -> None:
        is_over = threading.Event()
        self.addCleanup(is_over.set)

        def hang(request: object, context: grpc.ServicerContext) -> flights.SearchFlightsResponse:
            is_over.wait()
            return flights.SearchFlightsResponse()

        client = self.connect(self.serve(SearchFlights=hang))
        with self.assertRaises(flight.FlightError) as caught:
            client.flights.SearchFlights(flights.SearchFlightsRequest(), timeout=0.2)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        with self.assertRaises(flight.FlightError) as caught:
            client.flights.SearchFlights(flights.SearchFlightsRequest())
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)


class RequestIdTest(Bed):
    def setUp(self) -> None:
        super().setUp()
        self.seen: list[tuple[str, str | bytes]] = []

        def book(request: bookings.BookFlightRequest, context: grpc.ServicerContext) -> bookings.BookFlightResponse:
            self.seen.append((request.request_id, metadata_of(context)["x-request-id"]))
            return bookings.BookFlightResponse()

        def get(request: flights.GetFlightRequest, context: grpc.ServicerContext) -> flights.GetFlightResponse:
            self.seen.append(("", metadata_of(context)["x-request-id"]))
            return flights.GetFlightResponse()

        self.client = self.connect(self.serve(BookFlight=book, GetFlight=get))

    def test_each_request_without_one_gets_another_and_stays_as_it_is(self) -> None:
        request = bookings.BookFlightRequest(flight_code="FL001")
        for _ in range(2):
            self.client.bookings.BookFlight(request)
        (first, first_header), (second, second_header) = self.seen
        self.assertNotEqual(first, second)
        self.assertEqual((first, second), (first_header, second_header))
        self.assertEqual(request, bookings.BookFlightRequest(flight_code="FL001"))

    def test_the_callers_own_is_kept(self) -> None:
        self.client.bookings.BookFlight(bookings.BookFlightRequest(request_id="mine"))
        self.assertEqual(self.seen, [("mine", "mine")])

    def test_one_that_cannot_be_a_header_stays_in_the_request(self) -> None:
        self.client.bookings.BookFlight(bookings.BookFlightRequest(request_id="meine Nummer §1"))
        ((name, header),) = self.seen
        self.assertEqual(name, "meine Nummer §1")
        self.assertRegex(str(header), "^[0-9a-f-]{36}$")

    def test_a_header_of_the_callers_own_names_no_request(self) -> None:
        for _ in range(2):
            self.client.bookings.BookFlight(bookings.BookFlightRequest(), metadata=(("x-request-id", "trace"),))
        self.assertEqual([header for _, header in self.seen], ["trace", "trace"])
        self.assertEqual(len({name for name, _ in self.seen} - {"trace", ""}), 2)

    def test_a_header_of_the_callers_own_may_be_bytes(self) -> None:
        self.client.bookings.BookFlight(bookings.BookFlightRequest(), metadata=(("x-request-id", b"trace"),))
        self.assertEqual([header for _, header in self.seen], ["trace"])

    def test_a_call_whose_request_has_none_has_a_header(self) -> None:
        self.client.flights.GetFlight(flights.GetFlightRequest())
        self.assertRegex(str(self.seen[0][1]), "^[0-9a-f-]{36}$")


class TokenTest(Bed):
    def setUp(self) -> None:
        super().setUp()
        self.seen: list[str | bytes | None] = []

        def get(request: users.GetUserRequest, context: grpc.ServicerContext) -> users.GetUserResponse:
            self.seen.append(metadata_of(context).get("authorization"))
            self.agent = metadata_of(context)["user-agent"]
            return users.GetUserResponse()

        self.server = self.serve(GetUser=get)

    def get(self, client: flight.Client, metadata: tuple[tuple[str, str | bytes], ...] | None = None) -> None:
        client.users.GetUser(users.GetUserRequest(), metadata=metadata)

    def test_none_is_sent_when_none_is_given(self) -> None:
        self.get(self.connect(self.server))
        self.assertEqual(self.seen, [None])

    def test_a_token_goes_with_each_call(self) -> None:
        self.get(self.connect(self.server, token="secret"))
        self.assertEqual(self.seen, ["Bearer secret"])

    def test_a_function_is_asked_before_each_call(self) -> None:
        tokens = iter(["first", "second"])
        client = self.connect(self.server).with_token(lambda: next(tokens))
        self.get(client)
        self.get(client)
        self.assertEqual(self.seen, ["Bearer first", "Bearer second"])

    def failure_with(self, token: str | Callable[[], str]) -> flight.FlightError:
        client = self.connect(self.server, token=token)
        with self.assertRaises(flight.FlightError) as caught:
            self.get(client)
        self.assertEqual(self.seen, [])
        return caught.exception

    def test_a_token_that_no_header_can_bear_is_refused_and_not_told(self) -> None:
        for token in ("secret\n", "sec\0ret", "secret\x7f", "secrét"):
            with self.subTest(repr(token)):
                error = self.failure_with(token)
                self.assertIs(error.code(), grpc.StatusCode.UNAUTHENTICATED)
                self.assertNotRegex("".join(traceback.format_exception(error)), "sec.?r")

    def test_what_is_no_str_is_refused(self) -> None:
        for token in (None, b"secret"):
            with self.subTest(repr(token)):
                error = self.failure_with(lambda token=token: token)  # type: ignore[misc]
                self.assertIs(error.code(), grpc.StatusCode.UNAUTHENTICATED)

    def test_a_function_that_fails_is_the_cause(self) -> None:
        error = self.failure_with(partial(int, "no token"))  # type: ignore[arg-type]
        self.assertIs(error.code(), grpc.StatusCode.UNAUTHENTICATED)
        self.assertIsInstance(error.__cause__, ValueError)
        self.assertEqual(error.method, "/flight.user.v1.UserService/GetUser")
        self.assertRegex(error.request_id, "^[0-9a-f-]{36}$")

    def test_a_function_that_fails_with_an_error_of_ours_says_why(self) -> None:
        refused = flight.FlightError(grpc.StatusCode.UNAVAILABLE, "no", reason=flight.Reason.OVERLOADED)

        def refuse() -> str:
            raise refused

        self.assertIs(self.failure_with(refuse), refused)

    def test_the_callers_own_header_wins(self) -> None:
        self.get(self.connect(self.server, token="secret"), (("authorization", "Bearer other"),))
        self.assertEqual(self.seen, ["Bearer other"])

    def test_a_derived_client_leaves_the_first_as_it_was(self) -> None:
        client = self.connect(self.server)
        with client.with_token("secret") as derived:
            self.get(derived)
        self.get(client)
        self.assertEqual(self.seen, ["Bearer secret", None])

    def test_the_server_hears_who_calls(self) -> None:
        self.get(self.connect(self.server))
        self.assertTrue(str(self.agent).startswith(f"flight-sdk-python/{flight.__version__} "), self.agent)


class WaysToCallTest(Bed):
    def setUp(self) -> None:
        super().setUp()
        self.is_over = threading.Event()
        self.addCleanup(self.is_over.set)

        def login(request: users.LoginRequest, context: grpc.ServicerContext) -> users.LoginResponse:
            context.send_initial_metadata((("first", "1"),))
            context.set_trailing_metadata((("last", "2"),))
            return users.LoginResponse(access_token=request.username)

        def hang(request: object, context: grpc.ServicerContext) -> users.RegisterResponse:
            self.is_over.wait()
            return users.RegisterResponse()

        self.client = self.connect(self.serve(Login=login, Register=hang))

    def test_with_call_answers_what_came_beside_the_message(self) -> None:
        response, call = self.client.users.Login.with_call(users.LoginRequest(username="ada"))
        self.assertEqual(response.access_token, "ada")
        self.assertEqual(dict(call.initial_metadata())["first"], "1")
        self.assertEqual(dict(call.trailing_metadata())["last"], "2")

    def test_a_future_answers_later(self) -> None:
        called: list[object] = []
        is_called = threading.Event()
        future = self.client.users.Login.future(users.LoginRequest(username="ada"))
        future.add_done_callback(called.append)
        future.add_done_callback(lambda _: is_called.set())
        self.assertEqual(future.result(PATIENCE).access_token, "ada")
        self.assertIsNone(future.exception())
        self.assertIsNone(future.traceback())
        self.assertIs(future.code(), grpc.StatusCode.OK)
        self.assertEqual(dict(future.trailing_metadata())["last"], "2")
        self.assertEqual((future.done(), future.running(), future.cancelled()), (True, False, False))
        self.assertTrue(is_called.wait(PATIENCE))
        self.assertEqual(called, [future])

    def test_a_future_can_be_cancelled(self) -> None:
        future = self.client.users.Register.future(users.RegisterRequest(), timeout=60)
        self.assertTrue(future.is_active())
        self.assertGreater(future.time_remaining(), 10)
        with self.assertRaises(grpc.FutureTimeoutError):
            future.result(0.01)
        self.assertTrue(future.cancel())
        self.assertTrue(future.cancelled())
        with self.assertRaises(grpc.FutureCancelledError):
            future.result()

    def test_many_threads_call_at_once(self) -> None:
        names = [f"traveller-{number}" for number in range(200)]
        with ThreadPoolExecutor(16) as threads:
            answers = threads.map(lambda name: self.client.users.Login(users.LoginRequest(username=name)), names)
            self.assertEqual([answer.access_token for answer in answers], names)

    def test_a_closed_client_says_so(self) -> None:
        future = self.client.users.Register.future(users.RegisterRequest(), timeout=60)
        self.client.close()
        self.client.close()
        self.assertIs(future.code(), grpc.StatusCode.CANCELLED)
        with self.assertRaisesRegex(ValueError, "closed"):
            self.client.users.Login(users.LoginRequest())

    def test_connecting_wants_one_kind_of_address(self) -> None:
        for wrong in (
            {},
            {"consul": "http://localhost:8500", "addresses": {}},
            {"addresses": {"users": ["127.0.0.1:1"]}},
            {"addresses": {"user-service": ["127.0.0.1"]}},
        ):
            with self.subTest(wrong), self.assertRaises(ValueError):
                flight.connect(**wrong)


if __name__ == "__main__":
    unittest.main()
