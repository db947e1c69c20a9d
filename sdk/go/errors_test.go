package flight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	typev1 "flight.example/sdk/gen/flight/type/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
)

func refusal(t *testing.T, code codes.Code, message, reason string, details ...protoadapt.MessageV1) error {
	t.Helper()
	info := &errdetails.ErrorInfo{Reason: reason, Domain: "booking-service", Metadata: map[string]string{"flight_code": "FL006"}}
	made, err := status.New(code, message).WithDetails(append(details, protoadapt.MessageV1Of(info))...)
	if err != nil {
		t.Fatal(err)
	}
	return made.Err()
}

func TestFailsWithReasonAndMetadata(t *testing.T) {
	ids := make(chan string, 1)
	client := connectTo(t, BookingService, serveFlights(t, flights{
		book: func(ctx context.Context, _ *bookingv1.BookFlightRequest) (*bookingv1.BookFlightResponse, error) {
			ids <- sentTo(ctx, "x-request-id")
			return nil, refusal(t, codes.FailedPrecondition, "The flight is cancelled", "FLIGHT_CANCELLED",
				protoadapt.MessageV1Of(&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)}))
		},
	}))
	_, err := client.Bookings.BookFlight(patient(t), &bookingv1.BookFlightRequest{})
	id := receive(t, "call", ids)

	var failed *Error
	if !errors.As(fmt.Errorf("booking: %w", err), &failed) {
		t.Fatalf("failed with %v", err)
	}
	if failed.Code != codes.FailedPrecondition || failed.Message != "The flight is cancelled" ||
		failed.Reason != "FLIGHT_CANCELLED" || failed.Metadata["flight_code"] != "FL006" ||
		failed.RetryAfter != 1500*time.Millisecond || failed.RequestID != id ||
		failed.Method != bookingv1.BookingService_BookFlight_FullMethodName {
		t.Errorf("failed with %#v", failed)
	}
	if ReasonOf(err) != typev1.ErrorReason_ERROR_REASON_FLIGHT_CANCELLED {
		t.Errorf("failed because of %s", ReasonOf(err))
	}
	if was, ok := status.FromError(err); !ok || was.Code() != codes.FailedPrecondition || len(was.Details()) != 2 {
		t.Errorf("has the status %v", was)
	}
	for _, said := range []string{"BookingService/BookFlight", "FailedPrecondition", "The flight is cancelled", "FLIGHT_CANCELLED", id} {
		if !strings.Contains(err.Error(), said) {
			t.Errorf("%q does not say %s", err, said)
		}
	}
}

func TestReasonOf(t *testing.T) {
	unspecified := typev1.ErrorReason_ERROR_REASON_UNSPECIFIED
	for name, test := range map[string]struct {
		err    error
		reason typev1.ErrorReason
	}{
		"no error":               {nil, unspecified},
		"another error":          {io.EOF, unspecified},
		"an error of no service": {&Error{Code: codes.Unavailable}, unspecified},
		"a newer reason":         {&Error{Reason: "TOO_TALL"}, unspecified},
		"a wrapped error":        {fmt.Errorf("booking: %w", &Error{Reason: "BUSY"}), typev1.ErrorReason_ERROR_REASON_BUSY},
		"an error of another gRPC client": {
			refusal(t, codes.FailedPrecondition, "", "FLIGHT_SOLD_OUT"), typev1.ErrorReason_ERROR_REASON_FLIGHT_SOLD_OUT,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if reason := ReasonOf(test.err); reason != test.reason {
				t.Errorf("is %s", reason)
			}
		})
	}
}

func TestAnErrorThatATestMakesHasAStatus(t *testing.T) {
	if code := status.Code(&Error{Code: codes.NotFound}); code != codes.NotFound {
		t.Errorf("has the code %s", code)
	}
}

func TestStreamsFailWithReasonsAndEndWithEOF(t *testing.T) {
	address, _ := serve(t, func(server *grpc.Server) {
		userv1.RegisterUserChangeServiceServer(server, changes{end: func(request *userv1.StreamUserChangesRequest) error {
			if request.GetToken() == "lost" {
				return refusal(t, codes.FailedPrecondition, "The token is lost", "CHANGE_TOKEN_LOST")
			}
			return nil
		}})
	})
	client := connectTo(t, UserService, address)
	read := func(token string) error {
		stream, err := client.UserChanges.StreamUserChanges(patient(t), &userv1.StreamUserChangesRequest{Token: token})
		if err != nil {
			return err
		}
		if _, err := stream.Recv(); err != nil {
			t.Error(err)
		}
		_, err = stream.Recv()
		return err
	}
	if err := read(""); err != io.EOF {
		t.Errorf("ended with %v", err)
	}
	var failed *Error
	if err := read("lost"); !errors.As(err, &failed) || ReasonOf(err) != typev1.ErrorReason_ERROR_REASON_CHANGE_TOKEN_LOST ||
		failed.RequestID == "" || failed.Method != userv1.UserChangeService_StreamUserChanges_FullMethodName {
		t.Errorf("failed with %v", err)
	}
}

// changes sends one message and then ends as it is told.
type changes struct {
	userv1.UnimplementedUserChangeServiceServer
	end func(*userv1.StreamUserChangesRequest) error
}

func (c changes) StreamUserChanges(request *userv1.StreamUserChangesRequest, stream grpc.ServerStreamingServer[userv1.StreamUserChangesResponse]) error {
	if err := stream.Send(&userv1.StreamUserChangesResponse{Token: "next"}); err != nil {
		return err
	}
	return c.end(request)
}
