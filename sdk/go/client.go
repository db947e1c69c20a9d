package flight

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	grpcbackoff "google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/status"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	etlv1 "flight.example/sdk/gen/flight/etl/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
	"flight.example/sdk/internal/gen"
)

// Client calls the services. It is safe for concurrent use.
type Client struct {
	// Users keeps accounts, signs users in, and stores their subscriptions.
	Users userv1.UserServiceClient
	// FlightUpdates publishes and lists what happens to flights. See also
	// [Client.FollowFlight].
	FlightUpdates userv1.FlightUpdateServiceClient
	// UserChanges feeds copies of users, subscriptions and flight updates.
	UserChanges userv1.UserChangeServiceClient
	// Flights searches flights and says where they stand.
	Flights bookingv1.FlightServiceClient
	// Bookings sells seats and takes them back.
	Bookings bookingv1.BookingServiceClient
	// BookingChanges feeds copies of flights and bookings.
	BookingChanges bookingv1.BookingChangeServiceClient
	// Etl fills the data warehouse.
	Etl etlv1.EtlServiceClient

	channels channels
}

// channels are the connections, one channel for each service. Clients that are
// derived from another share them.
type channels struct {
	user, booking, etl *grpc.ClientConn
	// open ends when they are closed. Nil where there are none: somebody's test put
	// a client together.
	open context.Context
	end  context.CancelFunc
}

// Connect makes a client. It returns at once: connections are made by the
// first call to a service, and made anew when they break.
func Connect(options Options) (*Client, error) {
	resolverOf, err := options.resolvers()
	if err != nil {
		return nil, err
	}
	var opened channels
	opened.open, opened.end = context.WithCancel(context.Background())
	for service, channel := range map[string]**grpc.ClientConn{
		UserService:    &opened.user,
		BookingService: &opened.booking,
		EtlService:     &opened.etl,
	} {
		if options.Consul == "" && len(options.Addresses[service]) == 0 {
			continue
		}
		*channel, err = dial(service, resolverOf(service), options)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("flight: %s: %w", service, err), opened.close())
		}
	}
	return newClient(opened, nil), nil
}

// WithToken derives a client whose calls carry a bearer token, such as the
// access token that Users.Login answers. It shares the connections.
func (c *Client) WithToken(token string) *Client {
	return c.WithTokenSource(func(context.Context) (string, error) { return token, nil })
}

// WithTokenSource derives a client that asks for a bearer token before each
// call. It shares the connections.
func (c *Client) WithTokenSource(source TokenSource) *Client {
	return newClient(c.channels, source)
}

// Close ends the connections, and with them the calls and followings of this
// client and of all clients that were derived from it: they fail with
// codes.Canceled.
func (c *Client) Close() error { return c.channels.close() }

func newClient(channels channels, source TokenSource) *Client {
	user := conn{UserService, channels.user, source}
	booking := conn{BookingService, channels.booking, source}
	etl := conn{EtlService, channels.etl, source}
	return &Client{
		Users:          userv1.NewUserServiceClient(user),
		FlightUpdates:  userv1.NewFlightUpdateServiceClient(user),
		UserChanges:    userv1.NewUserChangeServiceClient(user),
		Flights:        bookingv1.NewFlightServiceClient(booking),
		Bookings:       bookingv1.NewBookingServiceClient(booking),
		BookingChanges: bookingv1.NewBookingChangeServiceClient(booking),
		Etl:            etlv1.NewEtlServiceClient(etl),
		channels:       channels,
	}
}

// Where an instance can't be reached, the next attempt comes soon: it is most
// often one that starts again.
var connectParams = grpc.ConnectParams{
	Backoff: grpcbackoff.Config{
		BaseDelay: 250 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second,
	},
	MinConnectTimeout: 5 * time.Second,
}

func dial(service string, builder resolver.Builder, options Options) (*grpc.ClientConn, error) {
	dialOptions := []grpc.DialOption{
		grpc.WithResolvers(builder),
		grpc.WithTransportCredentials(options.transportCredentials()),
		grpc.WithDefaultServiceConfig(contract().serviceConfig),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithConnectParams(connectParams),
		grpc.WithUserAgent("flight-sdk-go/" + gen.Version),
		// grpc-go asks NO_PROXY about the service's name, which says nothing of where its instances are.
		grpc.WithNoProxy(),
	}
	return grpc.NewClient(builder.Scheme()+":///"+service, append(dialOptions, options.DialOptions...)...)
}

// errClosed is why what outlasts single calls ends with its client.
var errClosed = status.Error(codes.Canceled, "the client was closed")

// whileOpen derives a context that ends with the channels too, because of
// errClosed.
func (c channels) whileOpen(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.open == nil {
		return ctx, func() {}
	}
	ctx, end := context.WithCancelCause(ctx)
	forget := context.AfterFunc(c.open, func() { end(errClosed) })
	return ctx, func() {
		forget()
		end(nil)
	}
}

func (c channels) close() error {
	if c.end != nil {
		c.end()
	}
	var problems []error
	for _, channel := range []*grpc.ClientConn{c.user, c.booking, c.etl} {
		if channel != nil {
			problems = append(problems, channel.Close())
		}
	}
	return errors.Join(problems...)
}
