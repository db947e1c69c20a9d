package flight

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
)

// booking books with what a test sets, and answers what the server saw.
func booking(t *testing.T) func(ctx context.Context, requestID string) attempt {
	t.Helper()
	attempts := make(chan attempt, 1)
	client := connectTo(t, BookingService, serveFlights(t, flights{
		book: func(ctx context.Context, request *bookingv1.BookFlightRequest) (*bookingv1.BookFlightResponse, error) {
			attempts <- attempt{"", request.GetRequestId(), sentTo(ctx, "x-request-id")}
			return &bookingv1.BookFlightResponse{}, nil
		},
	}))
	return func(ctx context.Context, requestID string) attempt {
		t.Helper()
		if _, err := client.Bookings.BookFlight(ctx, &bookingv1.BookFlightRequest{RequestId: requestID}); err != nil {
			t.Fatal(err)
		}
		return receive(t, "attempt", attempts)
	}
}

var uuid = regexp.MustCompile("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

func TestKeepsTheIDsOfTheCaller(t *testing.T) {
	book := booking(t)
	ctx := metadata.AppendToOutgoingContext(patient(t), "x-request-id", "theirs")
	if seen := book(ctx, "mine"); seen != (attempt{"", "mine", "theirs"}) {
		t.Errorf("the server saw %v", seen)
	}
	if seen := book(patient(t), "mine"); seen != (attempt{"", "mine", "mine"}) {
		t.Errorf("without a header the server saw %v", seen)
	}
}

func TestAHeaderOfTheCallerNamesNoRequest(t *testing.T) {
	book := booking(t)
	// As the context of somebody's handler, which books twice.
	ctx := metadata.AppendToOutgoingContext(patient(t), "x-request-id", "trace")
	one, other := book(ctx, ""), book(ctx, "")
	if one.xRequestID != "trace" || other.xRequestID != "trace" {
		t.Errorf("the headers are %q and %q", one.xRequestID, other.xRequestID)
	}
	if one.requestID == other.requestID || !uuid.MatchString(one.requestID) || !uuid.MatchString(other.requestID) {
		t.Errorf("the requests are named %q and %q", one.requestID, other.requestID)
	}
}

func TestACallIsLoggedByTheNameOfItsRequest(t *testing.T) {
	if seen := booking(t)(patient(t), ""); seen.requestID == "" || seen.xRequestID != seen.requestID {
		t.Errorf("the server saw %v", seen)
	}
}

func TestACallWhoseRequestHasNoNameHasAHeader(t *testing.T) {
	headers := make(chan string, 1)
	client := connectTo(t, BookingService, serveFlights(t, flights{
		get: func(ctx context.Context, _ *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
			headers <- sentTo(ctx, "x-request-id")
			return &bookingv1.GetFlightResponse{}, nil
		},
	}))
	if _, err := client.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{}); err != nil {
		t.Fatal(err)
	}
	if header := receive(t, "call", headers); !uuid.MatchString(header) {
		t.Errorf("the header is %q", header)
	}
}

func TestANameThatAHeaderCannotCarryReachesTheService(t *testing.T) {
	// It is the service that refuses it, and says why.
	book := booking(t)
	for _, name := range []string{"рейс", "seat 3", strings.Repeat("x", 256)} {
		if seen := book(patient(t), name); seen.requestID != name || !uuid.MatchString(seen.xRequestID) {
			t.Errorf("the server saw %v", seen)
		}
	}
}
