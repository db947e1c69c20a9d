"""The story: register, sign in, search, book, be refused, cancel, and follow what happens to a flight.

FLIGHT_CONSUL names the Consul agent, http://localhost:8500 when unset.
"""

import faulthandler
import os
import secrets
import string
from itertools import islice

import flight
from flight.booking.v1 import booking_service_pb2 as booking
from flight.booking.v1 import flight_service_pb2 as flights
from flight.booking.v1.flight_pb2 import FlightStatus
from flight.user.v1 import flight_update_service_pb2 as updates
from flight.user.v1 import user_service_pb2 as user


def main() -> None:
    """Tells the story."""
    # Calls have deadlines; following has none. An example must not hang: it ends after a minute, and says where it was.
    faulthandler.dump_traceback_later(60, exit=True)

    with flight.connect(consul=os.environ.get("FLIGHT_CONSUL", "http://localhost:8500")) as client:
        signed_in = sign_in(client)
        search(signed_in)
        book_and_cancel(signed_in)
        follow(signed_in)
    print("done")


def sign_in(client: flight.Client) -> flight.Client:
    """Makes an account, and gives a client that acts for it."""
    name = f"traveller-{secrets.token_hex(6)}"
    password = secrets.token_urlsafe(16)

    registered = client.users.Register(
        user.RegisterRequest(username=name, password=password, email=f"{name}@example.com")
    )
    print(f"registered as user {registered.user_id}")

    login = client.users.Login(user.LoginRequest(username=name, password=password))
    print(f"signed in as user {login.user_id}")
    return client.with_token(login.access_token)


def search(client: flight.Client) -> None:
    """Lists the flights between two cities."""
    found = client.flights.SearchFlights(flights.SearchFlightsRequest(from_city="Chisinau", to_city="London"))
    for each in found.flights:
        status = FlightStatus.Name(each.status).removeprefix("FLIGHT_STATUS_")
        print(each.flight_code, each.airline, each.departure, each.price, status)


def book_and_cancel(client: flight.Client) -> None:
    """Books a seat, is refused another, and gives the first one back."""
    # A request without a request_id gets one, so that it is safe to try again: the seat is sold once.
    booked = client.bookings.BookFlight(booking.BookFlightRequest(flight_code="FL001", payment_method="credit_card"))
    bought = booked.booking
    print(f"booked {bought.flight_code}: booking {bought.id}, paid {bought.price}")

    try:
        client.bookings.BookFlight(booking.BookFlightRequest(flight_code="FL006", payment_method="credit_card"))
    except flight.FlightError as error:
        if error.reason != flight.Reason.FLIGHT_CANCELLED:
            raise
        print(f"refused: {error.reason} flight_code={error.metadata['flight_code']}")

    listed = client.bookings.ListBookings(booking.ListBookingsRequest(user_id=bought.user_id))
    print(f"bookings: {len(listed.bookings)}")

    canceled = client.bookings.CancelBooking(booking.CancelBookingRequest(booking_id=bought.id))
    print(f"canceled booking {canceled.booking.id}")


def follow(client: flight.Client) -> None:
    """Hears what is published of a flight from now on."""
    code = "T" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(8))
    news = ["Gate opens", "Boarding", "Gate closed"]

    with client.follow_flight(code) as followed:
        for text in news:
            client.flight_updates.PublishFlightUpdate(updates.PublishFlightUpdateRequest(flight_code=code, update=text))
        for update in islice(followed, len(news)):
            print(f"update {update.sequence}: {update.update}")


if __name__ == "__main__":
    main()
