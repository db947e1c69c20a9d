package flight

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	userv1 "flight.example/sdk/gen/flight/user/v1"
)

type updateStream = grpc.ServerStreamingServer[userv1.FollowFlightUpdatesResponse]

// followed is a user-service whose streams go as a test says.
type followed struct {
	userv1.UnimplementedFlightUpdateServiceServer
	follow func(*userv1.FollowFlightUpdatesRequest, updateStream) error
}

func (f followed) FollowFlightUpdates(request *userv1.FollowFlightUpdatesRequest, stream updateStream) error {
	return f.follow(request, stream)
}

func serveUpdates(t *testing.T, service followed) (string, *grpc.Server) {
	t.Helper()
	return serve(t, func(server *grpc.Server) { userv1.RegisterFlightUpdateServiceServer(server, service) })
}

// follow serves streams that go like this, one after the other, and gives a client of them.
func follow(t *testing.T, streams ...func(updateStream) error) (*Client, <-chan *userv1.FollowFlightUpdatesRequest) {
	t.Helper()
	requests := make(chan *userv1.FollowFlightUpdatesRequest, len(streams))
	next := make(chan func(updateStream) error, len(streams))
	for _, stream := range streams {
		next <- stream
	}
	address, _ := serveUpdates(t, followed{follow: func(request *userv1.FollowFlightUpdatesRequest, stream updateStream) error {
		requests <- request
		return (<-next)(stream)
	}})
	return connectTo(t, UserService, address), requests
}

// sends is a stream that sends the position, then updates of these numbers, and ends.
func sends(latest int64, end error, sequences ...int64) func(updateStream) error {
	return func(stream updateStream) error {
		if err := stream.Send(position(latest)); err != nil {
			return err
		}
		for _, sequence := range sequences {
			if err := stream.Send(update(sequence)); err != nil {
				return err
			}
		}
		// A message that only keeps the stream alive.
		if err := stream.Send(&userv1.FollowFlightUpdatesResponse{}); err != nil {
			return err
		}
		return end
	}
}

func position(latest int64) *userv1.FollowFlightUpdatesResponse {
	return &userv1.FollowFlightUpdatesResponse{Position: &userv1.FlightPosition{FlightCode: "FL001", LatestSequence: latest}}
}

func update(sequence int64) *userv1.FollowFlightUpdatesResponse {
	return &userv1.FollowFlightUpdatesResponse{FlightUpdate: &userv1.FlightUpdate{Sequence: sequence}}
}

// collect reads updates to the end.
func collect(ctx context.Context, client *Client, options FollowOptions) (sequences []int64, err error) {
	for update, err := range client.FollowFlight(ctx, "FL001", options) {
		if err != nil {
			return sequences, err
		}
		sequences = append(sequences, update.GetSequence())
	}
	return sequences, errors.New("ended without an error")
}

// over ends a following for good.
var over = status.Error(codes.PermissionDenied, "over")

func TestFollowsOnAfterTheLastUpdate(t *testing.T) {
	client, requests := follow(t, sends(2, away, 1, 2), sends(3, nil, 3), sends(3, over, 4))
	sequences, err := collect(patient(t), client, FollowOptions{After: proto.Int64(0)})
	if !slices.Equal(sequences, []int64{1, 2, 3, 4}) || status.Code(err) != codes.PermissionDenied {
		t.Errorf("saw %v, then %v", sequences, err)
	}
	for _, after := range []int64{0, 2, 3} {
		if request := receive(t, "request", requests); request.AfterSequence == nil || *request.AfterSequence != after {
			t.Errorf("asked for %v, not for what is after %d", request, after)
		}
	}
}

func TestFollowingFromNowOnMissesNothingWhenItBreaksOff(t *testing.T) {
	client, requests := follow(t, sends(7, away), sends(8, over, 8))
	var began []int64
	sequences, err := collect(patient(t), client, FollowOptions{
		Began: func(position *userv1.FlightPosition) { began = append(began, position.GetLatestSequence()) },
	})
	if !slices.Equal(sequences, []int64{8}) || status.Code(err) != codes.PermissionDenied {
		t.Errorf("saw %v, then %v", sequences, err)
	}
	if request := receive(t, "request", requests); request.AfterSequence != nil {
		t.Errorf("asked for %v", request)
	}
	if request := receive(t, "request", requests); request.AfterSequence == nil || request.GetAfterSequence() != 7 {
		t.Errorf("went on with %v", request)
	}
	if !slices.Equal(began, []int64{7}) {
		t.Errorf("began at %v", began)
	}
}

func TestFollowingGivesEachUpdateOnce(t *testing.T) {
	client, _ := follow(t, sends(0, away, 1, 2), sends(3, over, 1, 2, 2, 3))
	if sequences, _ := collect(patient(t), client, FollowOptions{}); !slices.Equal(sequences, []int64{1, 2, 3}) {
		t.Errorf("saw %v", sequences)
	}
}

func TestFollowingGoesOnAtAnotherInstanceWhenItsOwnIsKilled(t *testing.T) {
	serving := make(chan string, 2)
	instance := func(name string) (string, *grpc.Server) {
		return serveUpdates(t, followed{follow: func(request *userv1.FollowFlightUpdatesRequest, stream updateStream) error {
			serving <- name
			if err := stream.Send(update(request.GetAfterSequence() + 1)); err != nil {
				return err
			}
			<-stream.Context().Done()
			return stream.Context().Err()
		}})
	}
	one, oneServer := instance("one")
	other, otherServer := instance("other")
	servers := map[string]*grpc.Server{"one": oneServer, "other": otherServer}

	var sequences []int64
	for update, err := range connectTo(t, UserService, one, other).FollowFlight(patient(t), "FL001", FollowOptions{After: proto.Int64(0)}) {
		if err != nil {
			t.Fatal(err)
		}
		sequences = append(sequences, update.GetSequence())
		killed := receive(t, "instance", serving)
		servers[killed].Stop()
		delete(servers, killed)
		if len(servers) == 0 {
			break
		}
	}
	if !slices.Equal(sequences, []int64{1, 2}) {
		t.Errorf("saw %v", sequences)
	}
}

func TestFollowingGoesOnWhenItsStreamIsResetOrCanceled(t *testing.T) {
	// A gRPC answer that is written by hand, so that it can break off as gRPC servers don't: by RST_STREAM.
	broken := 0
	handler := http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
		broken++
		writer.Header().Set("Content-Type", "application/grpc")
		writer.Header().Set("Trailer", "Grpc-Status")
		body, err := proto.Marshal(update(int64(broken)))
		if err != nil {
			t.Error(err)
		}
		frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body)))
		if _, err := writer.Write(append(frame, body...)); err != nil {
			t.Error(err)
		}
		if err := http.NewResponseController(writer).Flush(); err != nil {
			t.Error(err)
		}
		switch broken {
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			writer.Header().Set("Grpc-Status", "1")
		default:
			writer.Header().Set("Grpc-Status", "7")
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, Protocols: new(http.Protocols)}
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(listener)
	defer server.Close()

	client := connectTo(t, UserService, listener.Addr().String())
	sequences, err := collect(patient(t), client, FollowOptions{})
	if !slices.Equal(sequences, []int64{1, 2, 3}) || status.Code(err) != codes.PermissionDenied {
		t.Errorf("saw %v, then %v", sequences, err)
	}
}

func TestFollowingBeginsAgainWhereAServiceStandsThatHasLostUpdates(t *testing.T) {
	client, requests := follow(t, sends(9, away, 9), sends(4, nil), sends(4, over, 5, 6))
	sequences, err := collect(patient(t), client, FollowOptions{After: proto.Int64(8)})
	if !slices.Equal(sequences, []int64{9, 5, 6}) || status.Code(err) != codes.PermissionDenied {
		t.Errorf("saw %v, then %v", sequences, err)
	}
	for _, after := range []int64{8, 9, 4} {
		if request := receive(t, "request", requests); request.GetAfterSequence() != after {
			t.Errorf("asked for what comes after %d, not %d", request.GetAfterSequence(), after)
		}
	}
}

func TestFollowingFindsAnotherInstanceWhenOneHasTooManyFollowers(t *testing.T) {
	full := refusal(t, codes.ResourceExhausted, "too many", "OVERLOADED",
		protoadapt.MessageV1Of(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Millisecond)}))
	plain := status.Error(codes.ResourceExhausted, "what stands before it has too many")
	client, _ := follow(t,
		func(updateStream) error { return full },
		func(updateStream) error { return plain },
		sends(1, over, 1))
	sequences, err := collect(patient(t), client, FollowOptions{After: proto.Int64(0)})
	if !slices.Equal(sequences, []int64{1}) || status.Code(err) != codes.PermissionDenied {
		t.Errorf("saw %v, then %v", sequences, err)
	}
}

func TestAClientThatATestPutsTogetherFollows(t *testing.T) {
	client, _ := follow(t, sends(1, over, 1))
	fake := &Client{FlightUpdates: client.FlightUpdates}
	if sequences, err := collect(patient(t), fake, FollowOptions{}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("saw %v, then %v", sequences, err)
	}
	if err := fake.Close(); err != nil {
		t.Error(err)
	}
}

func TestFollowingSparesAnInstanceThatAcceptsAndDrops(t *testing.T) {
	client, _ := follow(t, sends(0, away), sends(1, away, 1))
	f := following{updates: client.FlightUpdates, flightCode: "FL001", failures: 4}
	give := func(*userv1.FlightUpdate) bool { return true }
	if _, err := f.stream(patient(t), give); status.Code(err) != codes.Unavailable || f.failures != 4 {
		t.Errorf("begins to back off anew without an update: %d failures, %v", f.failures, err)
	}
	if _, err := f.stream(patient(t), give); status.Code(err) != codes.Unavailable || f.failures != 0 {
		t.Errorf("does not after an update: %d failures, %v", f.failures, err)
	}
}

func TestFollowingComesBackWhenTheServiceSays(t *testing.T) {
	const wait = 300 * time.Millisecond
	busy, err := status.New(codes.Unavailable, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	if err != nil {
		t.Fatal(err)
	}
	var ended, resumed time.Time
	client, _ := follow(t,
		func(stream updateStream) error {
			ended = time.Now()
			return sends(0, busy.Err())(stream)
		},
		func(updateStream) error {
			resumed = time.Now()
			return over
		})
	if _, err := collect(patient(t), client, FollowOptions{}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("ended with %v", err)
	}
	if paused := resumed.Sub(ended); paused < wait {
		t.Errorf("came back after %s", paused)
	}
}
