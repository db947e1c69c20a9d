package flight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	typev1 "flight.example/sdk/gen/flight/type/v1"
)

// Error is why a call failed. Every error of a call is one, but for the io.EOF
// that ends a stream. Find it by errors.As, or ask [ReasonOf].
//
// It also is what it was on the wire: status.FromError and status.Code answer
// its status, and errors.Is finds context.DeadlineExceeded and
// context.Canceled in errors of these codes.
type Error struct {
	// Code is gRPC's.
	Code codes.Code
	// Message is for people, and may change.
	Message string
	// Reason is the name of a flight.type.v1.ErrorReason without its prefix, such
	// as "FLIGHT_SOLD_OUT". Empty when no service answered.
	Reason string
	// Metadata goes along with the reason. The catalogue of reasons shows which
	// has what.
	Metadata map[string]string
	// RetryAfter is when to come back, as the service says. 0 when it does not.
	RetryAfter time.Duration
	// RequestID is the x-request-id of the call, by which the services log.
	RequestID string
	// Method is what was called, such as "/flight.user.v1.UserService/Login". Where
	// a call fails because its token source did, these two are what the source
	// called.
	Method string

	status *status.Status
	cause  error
}

func (e *Error) Error() string {
	var text strings.Builder
	if e.Method != "" {
		fmt.Fprintf(&text, "%s: ", e.Method[strings.LastIndex(e.Method, ".")+1:])
	}
	fmt.Fprintf(&text, "%s: %s", e.Code, e.Message)
	if e.Reason != "" {
		fmt.Fprintf(&text, " (%s)", e.Reason)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, " [request %s]", e.RequestID)
	}
	return text.String()
}

// GRPCStatus is the status that the call ended with.
func (e *Error) GRPCStatus() *status.Status {
	if e.status == nil {
		return status.New(e.Code, e.Message)
	}
	return e.status
}

// Unwrap is what failed on this side, such as a token source. Nil when the call
// itself did.
func (e *Error) Unwrap() error { return e.cause }

// Is says of expired deadlines and canceled calls that they are what package
// context calls so.
func (e *Error) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded ||
		target == context.Canceled && e.Code == codes.Canceled
}

// ReasonOf is the reason that a call failed with, of errors that this package
// or any other gRPC client made. It is ERROR_REASON_UNSPECIFIED when there is
// none, or one that this version of the package does not know: [Error].Reason
// has that too.
func ReasonOf(err error) typev1.ErrorReason {
	var failed *Error
	if !errors.As(err, &failed) {
		failed = fromStatus(status.Convert(err))
	}
	return typev1.ErrorReason(typev1.ErrorReason_value["ERROR_REASON_"+failed.Reason])
}

// call is what an error says of the call that failed.
type call struct{ method, requestID string }

// failed makes an error of a call an Error. Nil stays nil, and the io.EOF of a
// stream what it is. An Error of another call, as a token source makes one, goes
// on saying of which.
func (c call) failed(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	failed, ok := err.(*Error)
	if !ok {
		failed = fromStatus(statusOf(err))
	}
	if failed.Method != "" {
		return failed
	}
	// A copy: an interceptor may have made it, and give it to other calls too.
	named := *failed
	named.Method, named.RequestID = c.method, c.requestID
	return &named
}

// statusOf is the status in an error, without the words that grpc-go puts
// around it, as after the last attempt.
func statusOf(err error) *status.Status {
	var carrier interface{ GRPCStatus() *status.Status }
	if errors.As(err, &carrier) {
		return carrier.GRPCStatus()
	}
	return status.FromContextError(err)
}

func fromStatus(from *status.Status) *Error {
	failed := &Error{Code: from.Code(), Message: from.Message(), status: from}
	for _, detail := range from.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			failed.Reason, failed.Metadata = detail.GetReason(), detail.GetMetadata()
		case *errdetails.RetryInfo:
			failed.RetryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	return failed
}
