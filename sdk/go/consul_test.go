package flight

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/status"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
)

// agent speaks Consul's API as far as it is used: the health of services, by blocking queries.
type agent struct {
	*httptest.Server
	mu      sync.Mutex
	changed chan struct{}
	index   uint64
	// answer is what is answered: addresses, or a failure of that HTTP status.
	addresses []string
	failure   int
	queries   []query
	waiting   int
}

// hangsUp is the failure of an agent that is not there.
const hangsUp = -1

// query is what was asked.
type query struct {
	path, token string
	values      url.Values
}

func startAgent(t *testing.T, addresses ...string) *agent {
	t.Helper()
	started := &agent{changed: make(chan struct{}), index: 100, addresses: addresses}
	started.Server = httptest.NewServer(http.HandlerFunc(started.serve))
	t.Cleanup(started.Close)
	return started
}

// say changes what the agent answers; those that wait hear it.
func (a *agent) say(change func(*agent)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.index++
	change(a)
	close(a.changed)
	a.changed = make(chan struct{})
}

func (a *agent) serve(writer http.ResponseWriter, request *http.Request) {
	values := request.URL.Query()
	a.mu.Lock()
	a.queries = append(a.queries, query{request.URL.Path, request.Header.Get("X-Consul-Token"), values})
	if values.Get("index") == strconv.FormatUint(a.index, 10) && a.failure == 0 {
		changed := a.changed
		a.waiting++
		a.mu.Unlock()
		select {
		case <-changed:
		case <-request.Context().Done():
		}
		a.mu.Lock()
		a.waiting--
	}
	defer a.mu.Unlock()
	if a.failure == hangsUp {
		panic(http.ErrAbortHandler)
	}
	if a.failure != 0 {
		writer.WriteHeader(a.failure)
		return
	}
	writer.Header().Set("X-Consul-Index", strconv.FormatUint(a.index, 10))
	entries := make([]string, len(a.addresses))
	for i, address := range a.addresses {
		host, port, _ := strings.Cut(address, ":")
		// One whose service has no address of its own is where its node is.
		entries[i] = `{"Node":{"Address":"` + host + `"},"Service":{"Address":"","Port":` + port + `},"Checks":[]}`
	}
	_, _ = writer.Write([]byte("[" + strings.Join(entries, ",") + "]"))
}

func (a *agent) asked() []query {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.queries
}

// untilHeard waits until what the agent says now was taken in: the next query came.
func (a *agent) untilHeard(t *testing.T) {
	t.Helper()
	before := len(a.asked())
	within(t, "query", func(context.Context) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		last := a.queries[len(a.queries)-1]
		return len(a.queries) >= before+2 || last.values.Get("index") == strconv.FormatUint(a.index, 10)
	})
}

// client connects to the booking-service through the agent.
func (a *agent) client(t *testing.T, options ...grpc.DialOption) *Client {
	t.Helper()
	return connect(t, Options{Consul: a.URL, ConsulToken: "acl", DialOptions: options})
}

func get(t *testing.T, client *Client) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := client.Flights.GetFlight(ctx, &bookingv1.GetFlightRequest{FlightCode: "FL001"})
	return answer.GetFlight().GetFlightCode(), err
}

func TestConsulIsFollowedAsInstancesComeAndGo(t *testing.T) {
	one, other := serveFlights(t, flights{get: named("one")}), serveFlights(t, flights{get: named("other")})
	consul := startAgent(t, one)
	client := consul.client(t)
	untilAnswered(t, client, "one")
	consul.say(func(a *agent) { a.addresses = []string{one, other} })
	untilAnswered(t, client, "other")
	untilAnswered(t, client, "one")
	consul.say(func(a *agent) { a.addresses = []string{other} })
	within(t, "end of the calls to the one that left", func(context.Context) bool {
		for range 4 {
			if name, err := get(t, client); err != nil || name != "other" {
				return false
			}
		}
		return true
	})
}

func TestConsulIsAskedForPassingInstancesByBlockingQueries(t *testing.T) {
	consul := startAgent(t, serveFlights(t, flights{get: named("one")}))
	untilAnswered(t, consul.client(t), "one")
	within(t, "second query", func(context.Context) bool { return len(consul.asked()) > 1 })
	first, second := consul.asked()[0], consul.asked()[1]
	if first.path != "/v1/health/service/booking-service" || first.token != "acl" || !first.values.Has("passing") || first.values.Has("index") {
		t.Errorf("asked %v", first)
	}
	if second.values.Get("index") != "100" || second.values.Get("wait") != "30s" {
		t.Errorf("then asked %v", second)
	}
}

func TestTheLastKnownSetStaysWhenConsul(t *testing.T) {
	for does, change := range map[string]func(*agent){
		"answers nothing":     func(a *agent) { a.addresses = nil },
		"fails":               func(a *agent) { a.failure = http.StatusInternalServerError },
		"refuses":             func(a *agent) { a.failure = http.StatusForbidden },
		"is not there at all": func(a *agent) { a.failure = hangsUp },
	} {
		t.Run(does, func(t *testing.T) {
			t.Parallel()
			consul := startAgent(t, serveFlights(t, flights{get: named("one")}))
			client := consul.client(t)
			untilAnswered(t, client, "one")
			within(t, "blocking query", func(context.Context) bool { return consul.isWaiting() })
			consul.say(change)
			consul.untilHeard(t)
			for range 5 {
				if name, err := get(t, client); name != "one" || err != nil {
					t.Fatalf("answered %q, %v", name, err)
				}
			}
		})
	}
}

func (a *agent) isWaiting() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.waiting > 0
}

func TestCallsFailAtOnceWhereConsulNeverKnewAnInstance(t *testing.T) {
	consul := startAgent(t)
	client := consul.client(t)
	_, err := get(t, client)
	if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "no instance of booking-service passes its checks in Consul") {
		t.Errorf("failed with %v", err)
	}
	consul.say(func(a *agent) { a.failure = http.StatusForbidden })
	consul.untilHeard(t)
	if _, err := get(t, client); status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "403") {
		t.Errorf("failed with %v", err)
	}
	consul.say(func(a *agent) { a.failure, a.addresses = 0, []string{serveFlights(t, flights{get: named("late")})} })
	untilAnswered(t, client, "late")
}

func TestAnIndexThatGoesBackwardsBeginsAnew(t *testing.T) {
	one, other := serveFlights(t, flights{get: named("one")}), serveFlights(t, flights{get: named("other")})
	consul := startAgent(t, one)
	client := consul.client(t)
	untilAnswered(t, client, "one")
	within(t, "blocking query", func(context.Context) bool { return consul.isWaiting() })
	consul.say(func(a *agent) { a.index = 7 })
	within(t, "query without an index", func(context.Context) bool {
		last := consul.asked()[len(consul.asked())-1]
		return len(consul.asked()) > 2 && !last.values.Has("index")
	})
	within(t, "query with the new index", func(context.Context) bool {
		return consul.asked()[len(consul.asked())-1].values.Get("index") == "7"
	})
	consul.say(func(a *agent) { a.addresses = []string{other} })
	untilAnswered(t, client, "other")
}

func TestTheLastKnownSetOutlivesAnIdleTime(t *testing.T) {
	consul := startAgent(t, serveFlights(t, flights{get: named("one")}))
	client := consul.client(t, grpc.WithIdleTimeout(50*time.Millisecond))
	untilAnswered(t, client, "one")
	within(t, "idle channel", func(context.Context) bool { return client.channels.booking.GetState() == connectivity.Idle })
	// A channel that is not used asks nothing.
	within(t, "end of the queries", func(context.Context) bool { return !consul.isWaiting() })
	consul.say(func(a *agent) { a.failure = http.StatusInternalServerError })
	if name, err := get(t, client); name != "one" || err != nil {
		t.Errorf("answered %q, %v", name, err)
	}
}

// channel counts what a resolver tells.
type channel struct {
	resolver.ClientConn
	told chan []resolver.Endpoint
}

func (c channel) UpdateState(state resolver.State) error {
	c.told <- state.Endpoints
	return nil
}

func (c channel) ReportError(error) {}

func TestAnAnswerThatChangesNothingIsNotTold(t *testing.T) {
	consul := startAgent(t, "127.0.0.1:1", "127.0.0.1:2")
	base, err := url.Parse(consul.URL)
	if err != nil {
		t.Fatal(err)
	}
	quick := pace{floor: time.Millisecond, blind: time.Millisecond, backoff: backoff{time.Millisecond, time.Millisecond}}
	builder := &consulBuilder{agent: &consulAgent{base: base, client: newConsulClient()}, service: BookingService, pace: quick}
	told := channel{told: make(chan []resolver.Endpoint, 10)}
	built, err := builder.Build(resolver.Target{}, told, resolver.BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer built.Close()
	if endpoints := receive(t, "set", told.told); len(endpoints) != 2 {
		t.Errorf("told %v", endpoints)
	}
	consul.say(func(a *agent) { a.addresses = []string{"127.0.0.1:2", "127.0.0.1:1"} })
	consul.untilHeard(t)
	consul.say(func(a *agent) { a.addresses = []string{"127.0.0.1:3"} })
	if endpoints := receive(t, "change", told.told); len(endpoints) != 1 {
		t.Errorf("told %v", endpoints)
	}
}
