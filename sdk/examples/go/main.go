// The story of a traveller who registers, signs in, searches, books, cancels,
// and hears what happens to a flight. In a project of your own:
//
//	go mod init story && go get flight.example/sdk && go run main.go
//
// FLIGHT_CONSUL is the Consul agent that knows the services.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	flight "flight.example/sdk"
	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	typev1 "flight.example/sdk/gen/flight/type/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := tellStory(ctx, cmp.Or(os.Getenv("FLIGHT_CONSUL"), "http://localhost:8500")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func tellStory(ctx context.Context, consul string) error {
	client, err := flight.Connect(flight.Options{Consul: consul})
	if err != nil {
		return err
	}
	defer client.Close()

	session, err := signIn(ctx, client)
	if err != nil {
		return err
	}
	traveller := client.WithToken(session.GetAccessToken())

	if err := search(ctx, client); err != nil {
		return err
	}
	if err := bookAndCancel(ctx, traveller, session.GetUserId()); err != nil {
		return err
	}
	if err := followUpdates(ctx, traveller); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

func signIn(ctx context.Context, client *flight.Client) (*userv1.LoginResponse, error) {
	username, password := "traveller-"+strings.ToLower(rand.Text()), rand.Text()
	account, err := client.Users.Register(ctx, &userv1.RegisterRequest{
		Username: username,
		Password: password,
		Email:    username + "@example.com",
	})
	if err != nil {
		return nil, err
	}
	fmt.Println("registered as user", account.GetUserId())

	session, err := client.Users.Login(ctx, &userv1.LoginRequest{Username: username, Password: password})
	if err != nil {
		return nil, err
	}
	fmt.Println("signed in as user", session.GetUserId())
	return session, nil
}

func search(ctx context.Context, client *flight.Client) error {
	found, err := client.Flights.SearchFlights(ctx, &bookingv1.SearchFlightsRequest{FromCity: "Chisinau", ToCity: "London"})
	if err != nil {
		return err
	}
	for _, one := range found.GetFlights() {
		status := strings.TrimPrefix(one.GetStatus().String(), "FLIGHT_STATUS_")
		fmt.Println(one.GetFlightCode(), one.GetAirline(), one.GetDeparture(), one.GetPrice(), status)
	}
	return nil
}

func bookAndCancel(ctx context.Context, traveller *flight.Client, userID int64) error {
	booked, err := traveller.Bookings.BookFlight(ctx, &bookingv1.BookFlightRequest{FlightCode: "FL001", PaymentMethod: "credit_card"})
	if err != nil {
		return err
	}
	booking := booked.GetBooking()
	fmt.Printf("booked %s: booking %d, paid %d\n", booking.GetFlightCode(), booking.GetId(), booking.GetPrice())

	_, err = traveller.Bookings.BookFlight(ctx, &bookingv1.BookFlightRequest{FlightCode: "FL006", PaymentMethod: "credit_card"})
	if flight.ReasonOf(err) != typev1.ErrorReason_ERROR_REASON_FLIGHT_CANCELLED {
		return fmt.Errorf("FL006 is cancelled, and booking it should have been refused: %w", err)
	}
	if refused, ok := errors.AsType[*flight.Error](err); ok {
		fmt.Printf("refused: %s flight_code=%s\n", refused.Reason, refused.Metadata["flight_code"])
	}

	listed, err := traveller.Bookings.ListBookings(ctx, &bookingv1.ListBookingsRequest{UserId: userID})
	if err != nil {
		return err
	}
	fmt.Println("bookings:", len(listed.GetBookings()))

	canceled, err := traveller.Bookings.CancelBooking(ctx, &bookingv1.CancelBookingRequest{BookingId: booking.GetId()})
	if err != nil {
		return err
	}
	fmt.Println("canceled booking", canceled.GetBooking().GetId())
	return nil
}

// followUpdates follows a flight of the traveller's own, and publishes its
// updates once the following has begun.
func followUpdates(ctx context.Context, traveller *flight.Client) error {
	flightCode := "T" + rand.Text()[:8]
	texts := []string{"Gate opens", "Boarding", "Gate closed"}

	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	publish := func(*userv1.FlightPosition) {
		go func() {
			if err := publishUpdates(ctx, traveller, flightCode, texts); err != nil {
				stop(err)
			}
		}()
	}
	heard := 0
	for update, err := range traveller.FollowFlight(ctx, flightCode, flight.FollowOptions{Began: publish}) {
		if err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		fmt.Printf("update %d: %s\n", update.GetSequence(), update.GetUpdate())
		if heard++; heard == len(texts) {
			break
		}
	}
	return nil
}

func publishUpdates(ctx context.Context, traveller *flight.Client, flightCode string, texts []string) error {
	for _, text := range texts {
		_, err := traveller.FlightUpdates.PublishFlightUpdate(ctx, &userv1.PublishFlightUpdateRequest{
			FlightCode: flightCode,
			Update:     text,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
