package flight

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
)

var away = status.Error(codes.Unavailable, "away")

// attempt is what a server saw of one.
type attempt struct{ instance, requestID, xRequestID string }

func TestRetriesAtAnotherInstanceWithTheSameRequestID(t *testing.T) {
	attempts, previous := make(chan attempt, 10), make(chan string, 10)
	instance := func(name string) string {
		return serveFlights(t, flights{
			get: named(name),
			book: func(ctx context.Context, request *bookingv1.BookFlightRequest) (*bookingv1.BookFlightResponse, error) {
				attempts <- attempt{name, request.GetRequestId(), sentTo(ctx, "x-request-id")}
				previous <- sentTo(ctx, "grpc-previous-rpc-attempts")
				if len(attempts) == 1 {
					return nil, away
				}
				return &bookingv1.BookFlightResponse{Booking: &bookingv1.Booking{Id: 17}}, nil
			},
		})
	}
	client := connectTo(t, BookingService, instance("one"), instance("other"))
	untilAnswered(t, client, "one")
	untilAnswered(t, client, "other")

	request := &bookingv1.BookFlightRequest{FlightCode: "FL001", PaymentMethod: "credit_card"}
	answer, err := client.Bookings.BookFlight(patient(t), request)
	if err != nil || answer.GetBooking().GetId() != 17 {
		t.Fatalf("answered %v, %v", answer, err)
	}
	first, second := receive(t, "attempt", attempts), receive(t, "second attempt", attempts)
	if first.instance == second.instance {
		t.Errorf("both attempts went to %s", first.instance)
	}
	if first.requestID == "" || first.requestID != second.requestID {
		t.Errorf("request ids: %q, then %q", first.requestID, second.requestID)
	}
	if first.xRequestID == "" || first.xRequestID != second.xRequestID {
		t.Errorf("x-request-ids: %q, then %q", first.xRequestID, second.xRequestID)
	}
	if first, second := receive(t, "attempt", previous), receive(t, "second attempt", previous); first != "" || second != "1" {
		t.Errorf("previous attempts: %q, then %q", first, second)
	}
	if request.GetRequestId() != "" {
		t.Errorf("the caller's request was given the id %q", request.GetRequestId())
	}
}

// getting counts the attempts of GetFlight that all fail.
func getting(t *testing.T, failure error) (*Client, *atomic.Int32) {
	t.Helper()
	var attempts atomic.Int32
	return connectTo(t, BookingService, serveFlights(t, flights{
		get: func(context.Context, *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
			attempts.Add(1)
			return nil, failure
		},
	})), &attempts
}

func TestGivesUpAfterThreeAttempts(t *testing.T) {
	client, attempts := getting(t, away)
	_, err := client.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{})
	if attempts.Load() != 3 {
		t.Errorf("%d attempts", attempts.Load())
	}
	var failed *Error
	if !errors.As(err, &failed) || failed.Code != codes.Unavailable || failed.Message != "away" {
		t.Errorf("failed with %v", err)
	}
}

func TestRepeatsNoRefusal(t *testing.T) {
	for _, code := range []codes.Code{codes.NotFound, codes.Internal, codes.ResourceExhausted, codes.Aborted} {
		client, attempts := getting(t, status.Error(code, "no"))
		if _, err := client.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{}); status.Code(err) != code {
			t.Errorf("failed with %v", err)
		}
		if attempts.Load() != 1 {
			t.Errorf("%d attempts at %s", attempts.Load(), code)
		}
	}
}

func TestRepeatsNothingThatTheContractDoesNotAllow(t *testing.T) {
	var attempts atomic.Int32
	client := connectTo(t, UserService, serveUsers(t, users{
		simulate: func(context.Context, *userv1.SimulateFailureRequest) (*userv1.SimulateFailureResponse, error) {
			attempts.Add(1)
			return nil, away
		},
	}))
	_, err := client.Users.SimulateFailure(patient(t), &userv1.SimulateFailureRequest{})
	if status.Code(err) != codes.Unavailable || attempts.Load() != 1 {
		t.Errorf("%d attempts, then %v", attempts.Load(), err)
	}
}

func TestHonoursPushback(t *testing.T) {
	const pushback = 300 * time.Millisecond
	times := make(chan time.Time, 3)
	client := connectTo(t, BookingService, serveFlights(t, flights{
		get: func(ctx context.Context, _ *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
			times <- time.Now()
			wait := strconv.Itoa(int(pushback.Milliseconds()))
			if len(times) == 2 {
				wait = "-1"
			}
			if err := grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", wait)); err != nil {
				t.Error(err)
			}
			return nil, away
		},
	}))
	if _, err := client.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("failed with %v", err)
	}
	first, second := receive(t, "attempt", times), receive(t, "second attempt", times)
	if paused := second.Sub(first); paused < pushback {
		t.Errorf("came back after %s", paused)
	}
	if len(times) != 0 {
		t.Error("came back a second time, which the server forbade")
	}
}

func TestRetriesWithinABudget(t *testing.T) {
	client, attempts := getting(t, away)
	for range 20 {
		if _, err := client.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{}); err == nil {
			t.Fatal("answered")
		}
	}
	// Ten tokens, of which each failure takes one and half must be left.
	if retries := attempts.Load() - 20; retries < 1 || retries > 5 {
		t.Errorf("%d retries of 20 calls", retries)
	}
}

// leaving is how long a server saw that a call may take.
func leaving(t *testing.T, ctx context.Context) time.Duration {
	t.Helper()
	deadlines := make(chan time.Duration, 1)
	client := connectTo(t, BookingService, serveFlights(t, flights{
		get: func(ctx context.Context, _ *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
			deadline, _ := ctx.Deadline()
			deadlines <- time.Until(deadline)
			return &bookingv1.GetFlightResponse{}, nil
		},
	}))
	call := func(ctx context.Context) time.Duration {
		t.Helper()
		if _, err := client.Flights.GetFlight(ctx, &bookingv1.GetFlightRequest{}); err != nil {
			t.Fatal(err)
		}
		return receive(t, "call", deadlines)
	}
	// The first call connects, which takes a time of its own.
	call(patient(t))
	return call(ctx)
}

func TestGivesACallTheDeadlineOfTheContract(t *testing.T) {
	if left := leaving(t, t.Context()); left > time.Second || left < 0 {
		t.Errorf("the call may take %s", left)
	}
}

func TestLeavesTheDeadlineOfTheCaller(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if left := leaving(t, ctx); left < time.Minute/2 {
		t.Errorf("the call may take %s", left)
	}
}

func TestEndsACallAtItsDeadline(t *testing.T) {
	client := connectTo(t, UserService, serveUsers(t, users{
		simulate: func(ctx context.Context, _ *userv1.SimulateFailureRequest) (*userv1.SimulateFailureResponse, error) {
			<-ctx.Done()
			return nil, status.FromContextError(ctx.Err()).Err()
		},
	}))
	_, err := client.Users.SimulateFailure(t.Context(), &userv1.SimulateFailureRequest{})
	if !errors.Is(err, context.DeadlineExceeded) || status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("failed with %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = client.Users.SimulateFailure(ctx, &userv1.SimulateFailureRequest{}); !errors.Is(err, context.Canceled) {
		t.Errorf("failed with %v", err)
	}
}

func TestSaysWhoItIs(t *testing.T) {
	agents := make(chan string, 1)
	client := connectTo(t, BookingService, serveFlights(t, flights{
		get: func(ctx context.Context, _ *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
			agents <- sentTo(ctx, "user-agent")
			return &bookingv1.GetFlightResponse{}, nil
		},
	}))
	if _, err := client.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{}); err != nil {
		t.Fatal(err)
	}
	if agent := receive(t, "call", agents); !strings.HasPrefix(agent, "flight-sdk-go/") {
		t.Errorf("calls itself %q", agent)
	}
}

func TestPassesOverAnInstanceThatCannotBeReached(t *testing.T) {
	gone, server := serve(t, func(*grpc.Server) {})
	server.Stop()
	client := connectTo(t, BookingService, gone, serveFlights(t, flights{get: named("here")}))
	for range 20 {
		if _, err := client.Flights.GetFlight(patient(t), &bookingv1.GetFlightRequest{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSaysWhichServiceHasNoAddress(t *testing.T) {
	client := connectTo(t, BookingService, "127.0.0.1:1")
	_, err := client.Users.Login(patient(t), &userv1.LoginRequest{})
	if status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), "no address of user-service in Options.Addresses") {
		t.Errorf("failed with %v", err)
	}
	if _, err := collect(patient(t), client, FollowOptions{}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("following ended with %v", err)
	}
}

func TestChecksTheCertificateAgainstTheAddress(t *testing.T) {
	// Its certificate names 127.0.0.1, and not user-service.
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	address, _ := serve(t, func(server *grpc.Server) {
		bookingv1.RegisterFlightServiceServer(server, flights{get: named("secure")})
	}, grpc.Creds(credentials.NewServerTLSFromCert(&certified.TLS.Certificates[0])))

	client := connect(t, Options{
		Addresses:            map[string][]string{BookingService: {address}},
		TransportCredentials: credentials.NewClientTLSFromCert(roots, ""),
	})
	untilAnswered(t, client, "secure")
}

func TestConnectRefusesOptionsThatSayNothing(t *testing.T) {
	for _, options := range []Options{
		{},
		{Consul: "localhost:8500"},
		{Consul: "http://localhost:8500", Addresses: map[string][]string{UserService: {"localhost:1"}}},
		{Addresses: map[string][]string{"users": {"localhost:1"}}},
		{Addresses: map[string][]string{UserService: {"localhost"}}},
	} {
		if _, err := Connect(options); err == nil {
			t.Errorf("connected with %v", options)
		}
	}
}
