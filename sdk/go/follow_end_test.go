package flight

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	userv1 "flight.example/sdk/gen/flight/user/v1"
)

func TestFollowingEndsAtARefusal(t *testing.T) {
	for name, end := range map[string]error{
		"without a reason":                status.Error(codes.Unauthenticated, "no"),
		"with a reason":                   refusal(t, codes.InvalidArgument, "no", "INVALID_FIELD"),
		"as an answer that can't be read": status.Error(codes.Internal, "grpc: failed to unmarshal the received message"),
		// Without a reason this says that the stream was broken off.
		"as Canceled": refusal(t, codes.Canceled, "no", "CALL_CANCELLED"),
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := follow(t, sends(0, end))
			if _, err := collect(patient(t), client, FollowOptions{}); status.Code(err) != status.Code(end) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

func TestFollowingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client, _ := follow(t, func(stream updateStream) error {
		cancel()
		<-stream.Context().Done()
		return away
	})
	if _, err := collect(ctx, client, FollowOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestFollowingEndsWithItsContextWhileNoInstanceIsThere(t *testing.T) {
	gone, server := serve(t, func(*grpc.Server) {})
	server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := collect(ctx, connectTo(t, UserService, gone), FollowOptions{})
	var failed *Error
	if !errors.As(err, &failed) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
}

func TestLeavingTheLoopEndsTheStream(t *testing.T) {
	left := make(chan struct{})
	client, _ := follow(t, func(stream updateStream) error {
		if err := stream.Send(update(1)); err != nil {
			return err
		}
		if _, ok := stream.Context().Deadline(); ok {
			t.Error("the stream has a deadline")
		}
		<-stream.Context().Done()
		close(left)
		return nil
	})
	for _, err := range client.FollowFlight(t.Context(), "FL001", FollowOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	receive(t, "end of the stream", left)
}

func TestFollowingEndsWithItsClient(t *testing.T) {
	for name, stream := range map[string]func(updateStream) error{
		"while it waits for an update": func(stream updateStream) error {
			<-stream.Context().Done()
			return nil
		},
		"while it waits for an instance": func(updateStream) error {
			return refusal(t, codes.Unavailable, "much later", "OVERLOADED",
				protoadapt.MessageV1Of(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Hour)}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{}, 1)
			address, _ := serveUpdates(t, followed{follow: func(_ *userv1.FollowFlightUpdatesRequest, answer updateStream) error {
				asked <- struct{}{}
				return stream(answer)
			}})
			client, err := Connect(Options{Addresses: map[string][]string{UserService: {address}}})
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				<-asked
				if err := client.Close(); err != nil {
					t.Error(err)
				}
			}()
			ctx := patient(t)
			var failed *Error
			_, err = collect(ctx, client.WithToken("token"), FollowOptions{})
			if !errors.As(err, &failed) || failed.Code != codes.Canceled || !errors.Is(err, context.Canceled) || ctx.Err() != nil {
				t.Errorf("ended with %v", err)
			}
			if _, err := collect(ctx, client, FollowOptions{}); status.Code(err) != codes.Canceled {
				t.Errorf("a closed client follows until %v", err)
			}
		})
	}
}

func TestFollowingGoesOnWhenItsTokenSourceIsAwayForAWhile(t *testing.T) {
	client, requests := follow(t, sends(1, away, 1), sends(2, over, 2))
	asked := 0
	mine := client.WithTokenSource(func(context.Context) (string, error) {
		asked++
		if asked%2 == 1 {
			return "", &Error{Code: codes.Unavailable, Message: "away"}
		}
		return "token", nil
	})
	sequences, err := collect(patient(t), mine, FollowOptions{After: proto.Int64(0)})
	if !slices.Equal(sequences, []int64{1, 2}) || status.Code(err) != codes.PermissionDenied || asked != 4 || len(requests) != 2 {
		t.Errorf("saw %v, then %v, after %d tokens", sequences, err, asked)
	}
}

func TestFollowingEndsWhenItsTokenSourceFails(t *testing.T) {
	for name, test := range map[string]struct {
		failure error
		code    codes.Code
	}{
		"in its own way":     {errors.New("the vault is closed"), codes.Unauthenticated},
		"with a refusal":     {&Error{Code: codes.PermissionDenied}, codes.PermissionDenied},
		"with a call undone": {&Error{Code: codes.Canceled}, codes.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := follow(t)
			mine := client.WithTokenSource(func(context.Context) (string, error) { return "", test.failure })
			if _, err := collect(patient(t), mine, FollowOptions{}); status.Code(err) != test.code {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

func TestFollowingEndsAtMetadataThatCannotBeSent(t *testing.T) {
	client, _ := follow(t)
	ctx := metadata.AppendToOutgoingContext(patient(t), "x-request-id", "рейс")
	if _, err := collect(ctx, client, FollowOptions{}); status.Code(err) != codes.Internal {
		t.Errorf("ended with %v", err)
	}
}
