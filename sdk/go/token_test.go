package flight

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
)

// authorized is a client, and what each of its calls carries.
func authorized(t *testing.T) (*Client, func(ctx context.Context, client *Client) string) {
	t.Helper()
	seen := make(chan string, 10)
	client := connectTo(t, BookingService, serveFlights(t, flights{
		get: func(ctx context.Context, _ *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
			seen <- sentTo(ctx, "authorization")
			return &bookingv1.GetFlightResponse{}, nil
		},
	}))
	return client, func(ctx context.Context, client *Client) string {
		t.Helper()
		if _, err := client.Flights.GetFlight(ctx, &bookingv1.GetFlightRequest{}); err != nil {
			t.Fatal(err)
		}
		return receive(t, "call", seen)
	}
}

func TestWithTokenSendsItAndLeavesTheOtherClientAlone(t *testing.T) {
	client, carried := authorized(t)
	mine := client.WithToken("mine")
	if sent := carried(patient(t), mine); sent != "Bearer mine" {
		t.Errorf("sent %q", sent)
	}
	if sent := carried(patient(t), client); sent != "" {
		t.Errorf("sent %q", sent)
	}
	if sent := carried(patient(t), mine.WithToken("another")); sent != "Bearer another" {
		t.Errorf("sent %q", sent)
	}
}

func TestATokenOfTheCallComesFirst(t *testing.T) {
	client, carried := authorized(t)
	ctx := metadata.AppendToOutgoingContext(patient(t), "authorization", "Bearer the call's")
	if sent := carried(ctx, client.WithToken("mine")); sent != "Bearer the call's" {
		t.Errorf("sent %q", sent)
	}
}

func TestATokenSourceIsAskedBeforeEachCall(t *testing.T) {
	client, carried := authorized(t)
	asked := 0
	mine := client.WithTokenSource(func(context.Context) (string, error) {
		asked++
		return fmt.Sprint("token ", asked), nil
	})
	for i := range 3 {
		if sent, wanted := carried(patient(t), mine), fmt.Sprint("Bearer token ", i+1); sent != wanted {
			t.Errorf("sent %q, not %q", sent, wanted)
		}
	}
}

func TestATokenSourceThatFailsFailsTheCall(t *testing.T) {
	client, _ := authorized(t)
	broken := errors.New("the vault is closed")
	mine := client.WithTokenSource(func(ctx context.Context) (string, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the source has no deadline")
		}
		return "", broken
	})
	_, err := mine.Flights.GetFlight(t.Context(), &bookingv1.GetFlightRequest{})
	if !errors.Is(err, broken) || status.Code(err) != codes.Unauthenticated {
		t.Errorf("failed with %v", err)
	}
}
