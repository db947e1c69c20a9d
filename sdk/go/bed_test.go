package flight

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
)

// patience is how long a test waits for what must happen. It only matters to tests that fail.
const patience = 30 * time.Second

// users is a user-service whose methods a test gives.
type users struct {
	userv1.UnimplementedUserServiceServer
	login    func(context.Context, *userv1.LoginRequest) (*userv1.LoginResponse, error)
	simulate func(context.Context, *userv1.SimulateFailureRequest) (*userv1.SimulateFailureResponse, error)
}

func (u users) Login(ctx context.Context, request *userv1.LoginRequest) (*userv1.LoginResponse, error) {
	return u.login(ctx, request)
}

func (u users) SimulateFailure(ctx context.Context, request *userv1.SimulateFailureRequest) (*userv1.SimulateFailureResponse, error) {
	return u.simulate(ctx, request)
}

// flights is a booking-service whose methods a test gives.
type flights struct {
	bookingv1.UnimplementedFlightServiceServer
	bookingv1.UnimplementedBookingServiceServer
	get  func(context.Context, *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error)
	book func(context.Context, *bookingv1.BookFlightRequest) (*bookingv1.BookFlightResponse, error)
}

func (f flights) GetFlight(ctx context.Context, request *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
	return f.get(ctx, request)
}

func (f flights) BookFlight(ctx context.Context, request *bookingv1.BookFlightRequest) (*bookingv1.BookFlightResponse, error) {
	return f.book(ctx, request)
}

// serve starts a gRPC server on loopback. It stops with the test, if not before.
func serve(t *testing.T, register func(*grpc.Server), options ...grpc.ServerOption) (string, *grpc.Server) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	register(server)
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		running.Wait()
	})
	return listener.Addr().String(), server
}

func serveUsers(t *testing.T, service users) string {
	t.Helper()
	address, _ := serve(t, func(server *grpc.Server) { userv1.RegisterUserServiceServer(server, service) })
	return address
}

func serveFlights(t *testing.T, service flights) string {
	t.Helper()
	address, _ := serve(t, func(server *grpc.Server) {
		bookingv1.RegisterFlightServiceServer(server, service)
		bookingv1.RegisterBookingServiceServer(server, service)
	})
	return address
}

func connect(t *testing.T, options Options) *Client {
	t.Helper()
	client, err := Connect(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

func connectTo(t *testing.T, service string, addresses ...string) *Client {
	t.Helper()
	return connect(t, Options{Addresses: map[string][]string{service: addresses}})
}

// named answers GetFlight with a name, by which a test knows an instance.
func named(name string) func(context.Context, *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
	return func(context.Context, *bookingv1.GetFlightRequest) (*bookingv1.GetFlightResponse, error) {
		return &bookingv1.GetFlightResponse{Flight: &bookingv1.Flight{FlightCode: name}}, nil
	}
}

// untilAnswered calls until an instance of that name answers.
func untilAnswered(t *testing.T, client *Client, name string) {
	t.Helper()
	within(t, "an answer of "+name, func(ctx context.Context) bool {
		answer, err := client.Flights.GetFlight(ctx, &bookingv1.GetFlightRequest{FlightCode: "FL001"})
		return err == nil && answer.GetFlight().GetFlightCode() == name
	})
}

// patient is a context whose deadline only matters to tests that fail: the contract's is short for a busy machine.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// within tries until a condition holds.
func within(t *testing.T, what string, holds func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !holds(ctx) {
		if pause(ctx, time.Millisecond) != nil {
			t.Fatalf("no %s", what)
		}
	}
}

// receive takes from a channel what must come.
func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("not reached")
	}
}

func sentTo(ctx context.Context, key string) string {
	sent, _ := metadata.FromIncomingContext(ctx)
	if values := sent.Get(key); len(values) == 1 {
		return values[0]
	}
	return ""
}
