package flight_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	flight "flight.example/sdk"
	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	typev1 "flight.example/sdk/gen/flight/type/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
)

// The instances that pass their checks are called, and followed as they come
// and go.
func ExampleConnect_consul() {
	client, err := flight.Connect(flight.Options{Consul: "http://localhost:8500"})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	found, err := client.Flights.SearchFlights(context.Background(), &bookingv1.SearchFlightsRequest{
		FromCity: "Chisinau", ToCity: "London",
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, one := range found.GetFlights() {
		fmt.Println(one.GetFlightCode(), one.GetDeparture(), one.GetPrice())
	}
}

func ExampleConnect_addresses() {
	client, err := flight.Connect(flight.Options{Addresses: map[string][]string{
		flight.UserService:    {"10.0.0.1:50051", "10.0.0.2:50051"},
		flight.BookingService: {"10.0.0.3:50052"},
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
}

func ExampleClient_WithToken() {
	client, err := flight.Connect(flight.Options{Consul: "http://localhost:8500"})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx := context.Background()
	session, err := client.Users.Login(ctx, &userv1.LoginRequest{Username: "ada", Password: "a long one"})
	if err != nil {
		log.Fatal(err)
	}
	ada := client.WithToken(session.GetAccessToken())
	bookings, err := ada.Bookings.ListBookings(ctx, &bookingv1.ListBookingsRequest{UserId: session.GetUserId()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(bookings.GetBookings()), "bookings")
}

// A token that is fetched anew a minute before it expires.
func ExampleClient_WithTokenSource() {
	client, err := flight.Connect(flight.Options{Consul: "http://localhost:8500"})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	var mu sync.Mutex
	var session *userv1.LoginResponse
	ada := client.WithTokenSource(func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Until(session.GetExpireTime().AsTime()) < time.Minute {
			next, err := client.Users.Login(ctx, &userv1.LoginRequest{Username: "ada", Password: "a long one"})
			if err != nil {
				return "", err
			}
			session = next
		}
		return session.GetAccessToken(), nil
	})
	_, _ = ada.Users.GetUser(context.Background(), &userv1.GetUserRequest{UserId: 17})
}

func ExampleClient_FollowFlight() {
	client, err := flight.Connect(flight.Options{Consul: "http://localhost:8500"})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	options := flight.FollowOptions{After: proto.Int64(0)} // from the oldest that is kept
	for update, err := range client.WithToken("…").FollowFlight(context.Background(), "FL001", options) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(update.GetSequence(), update.GetUpdate())
	}
}

func ExampleReasonOf() {
	// As a call of Bookings.BookFlight fails.
	err := error(&flight.Error{Code: codes.FailedPrecondition, Reason: "FLIGHT_SOLD_OUT"})

	switch flight.ReasonOf(err) {
	case typev1.ErrorReason_ERROR_REASON_FLIGHT_SOLD_OUT:
		fmt.Println("no seat is left")
	case typev1.ErrorReason_ERROR_REASON_FLIGHT_CANCELLED:
		fmt.Println("the flight does not go")
	}
	// Output: no seat is left
}

func ExampleError() {
	// As a call of Bookings.BookFlight fails.
	err := fmt.Errorf("booking: %w", &flight.Error{
		Code: codes.FailedPrecondition, Message: "The flight is cancelled",
		Reason: "FLIGHT_CANCELLED", Metadata: map[string]string{"flight_code": "FL006"},
	})

	if failed, ok := errors.AsType[*flight.Error](err); ok {
		fmt.Println(failed.Code, failed.Reason, failed.Metadata["flight_code"])
	}
	// Output: FailedPrecondition FLIGHT_CANCELLED FL006
}
