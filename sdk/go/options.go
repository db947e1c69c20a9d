package flight

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/resolver"
)

// The services, as they are called in Consul and in [Options.Addresses].
const (
	// UserService serves Users, FlightUpdates and UserChanges.
	UserService = "user-service"
	// BookingService serves Flights, Bookings and BookingChanges.
	BookingService = "booking-service"
	// EtlService serves Etl.
	EtlService = "etl-service"
)

// Options say where the services are and how to reach them. Either Consul or
// Addresses must be set.
type Options struct {
	// Consul is the URL of a Consul agent, such as "http://localhost:8500".
	// Instances that pass their checks are called, and followed as they come and
	// go.
	Consul string

	// ConsulToken is the ACL token that Consul is asked with. Empty sends none.
	ConsulToken string

	// ConsulClient asks Consul. Nil is one that uses no proxies of the environment
	// and follows no redirects. Its Timeout must leave room for queries that are
	// held back for half a minute.
	ConsulClient *http.Client

	// Addresses are those of each service, as "host:port". A service that is left
	// out can't be called: that is codes.FailedPrecondition.
	Addresses map[string][]string

	// TransportCredentials secure the connections, as credentials.NewTLS makes
	// them. Nil sends everything in the clear, tokens too: for loopback and
	// networks that encrypt by themselves. A certificate must name the host of an
	// address, or the service where instances are found in Consul, unless the
	// credentials say otherwise.
	TransportCredentials credentials.TransportCredentials

	// DialOptions come last and win over what the package sets. Interceptors
	// among them see calls as they are sent: with deadline, ids and token.
	DialOptions []grpc.DialOption
}

// resolvers makes what finds the instances of each service.
func (o Options) resolvers() (func(service string) resolver.Builder, error) {
	switch {
	case o.Consul != "" && o.Addresses != nil:
		return nil, errors.New("flight: Options has both Consul and Addresses: set one")
	case o.Consul != "":
		agent, err := o.consulAgent()
		if err != nil {
			return nil, err
		}
		return func(service string) resolver.Builder {
			return &consulBuilder{agent: agent, service: service, pace: usualPace}
		}, nil
	default:
		if err := checkAddresses(o.Addresses); err != nil {
			return nil, err
		}
		return func(service string) resolver.Builder {
			return staticBuilder{addresses: o.Addresses[service]}
		}, nil
	}
}

func (o Options) consulAgent() (*consulAgent, error) {
	base, err := url.Parse(o.Consul)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("flight: Options.Consul is no URL like http://localhost:8500: %q", o.Consul)
	}
	client := o.ConsulClient
	if client == nil {
		client = newConsulClient()
	}
	return &consulAgent{base: base, token: o.ConsulToken, client: client}, nil
}

func (o Options) transportCredentials() credentials.TransportCredentials {
	if o.TransportCredentials == nil {
		return insecure.NewCredentials()
	}
	return o.TransportCredentials
}

func checkAddresses(addresses map[string][]string) error {
	if len(addresses) == 0 {
		return errors.New("flight: Options has neither Consul nor Addresses: set one")
	}
	for service, list := range addresses {
		if !slices.Contains([]string{UserService, BookingService, EtlService}, service) {
			return fmt.Errorf("flight: Options.Addresses names %q, which is no service", service)
		}
		for _, address := range list {
			if _, _, err := net.SplitHostPort(address); err != nil {
				return fmt.Errorf("flight: Options.Addresses of %s: %w", service, err)
			}
		}
	}
	return nil
}
