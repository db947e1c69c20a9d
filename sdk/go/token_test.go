package flight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
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

func TestATokenSourceThatFailsAsACallDoesKeepsItsFailure(t *testing.T) {
	client, _ := authorized(t)
	away := &Error{
		Code: codes.Unavailable, Message: "away", Reason: "OVERLOADED", RetryAfter: time.Second,
		RequestID: "of the login", Method: userv1.UserService_Login_FullMethodName,
	}
	for name, failure := range map[string]error{"as it is": away, "wrapped": fmt.Errorf("signing in: %w", away)} {
		t.Run(name, func(t *testing.T) {
			mine := client.WithTokenSource(func(context.Context) (string, error) { return "", failure })
			_, err := mine.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{})
			var failed *Error
			if !errors.As(err, &failed) || failed.Code != away.Code || failed.Reason != away.Reason ||
				failed.RetryAfter != away.RetryAfter || failed.RequestID != away.RequestID || failed.Method != away.Method {
				t.Errorf("failed with %v", err)
			}
			if !errors.Is(err, failure) {
				t.Errorf("lost the cause: %v", err)
			}
		})
	}
}

func TestATokenSourceIsGivenUpWithItsCall(t *testing.T) {
	client, _ := authorized(t)
	asked := make(chan struct{}, 1)
	mine := client.WithTokenSource(func(ctx context.Context) (string, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return "", ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := mine.Flights.GetFlight(ctx, &bookingv1.GetFlightRequest{}); status.Code(err) != codes.Canceled {
		t.Errorf("failed with %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := mine.Flights.GetFlight(ctx, &bookingv1.GetFlightRequest{}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("failed with %v", err)
	}
}

func TestATokenThatNoHeaderCanCarryIsNotSaid(t *testing.T) {
	client, _ := authorized(t)
	for _, token := range []string{"secret\n", "sec\x00ret", "secret\x7f", "secretы"} {
		_, err := client.WithToken(token).Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{})
		if status.Code(err) != codes.Unauthenticated || strings.Contains(err.Error(), "sec") {
			t.Errorf("failed with %v", err)
		}
	}
}
