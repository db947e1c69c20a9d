package flight

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	userv1 "flight.example/sdk/gen/flight/user/v1"
)

// followBackoff is the pause before a following that broke off goes on.
var followBackoff = backoff{least: 50 * time.Millisecond, most: 5 * time.Second}

// FollowOptions say where following a flight begins.
type FollowOptions struct {
	// After begins with the update after this number, 0 with the oldest that is
	// kept. Nil begins with the next one that is published.
	After *int64

	// Began, when set, is called when following has begun, with how far the
	// flight's updates had come: what is published from now on will be seen.
	Began func(position *userv1.FlightPosition)
}

// FollowFlight gives a flight's updates in order, each once, until the context
// ends, the client is closed or the loop is left. Where an instance goes away, or
// has too many followers, it goes on at the next one in turn after the last
// update that came, and keeps trying while there is none; likewise while the
// token source can't reach what it asks.
//
// The last pair has an error instead of an update; that the context ended or
// the client was closed is one too.
func (c *Client) FollowFlight(ctx context.Context, flightCode string, options FollowOptions) iter.Seq2[*userv1.FlightUpdate, error] {
	return func(yield func(*userv1.FlightUpdate, error) bool) {
		ctx, leave := c.channels.whileOpen(ctx)
		defer leave()
		f := following{updates: c.FlightUpdates, flightCode: flightCode, options: options, after: options.After}
		for {
			left, err := f.stream(ctx, func(update *userv1.FlightUpdate) bool { return yield(update, nil) })
			if left {
				return
			}
			if err != nil && !isPassing(err) {
				yield(nil, err)
				return
			}
			f.failures++
			if ended := pause(ctx, max(retryAfter(err), followBackoff.after(f.failures))); ended != nil {
				if context.Cause(ctx) == errClosed {
					ended = errClosed
				}
				yield(nil, call{method: userv1.FlightUpdateService_FollowFlightUpdates_FullMethodName}.failed(ended))
				return
			}
		}
	}
}

// following is how far following a flight has come.
type following struct {
	updates    userv1.FlightUpdateServiceClient
	flightCode string
	options    FollowOptions
	// after is the number of the last update that came. Nil as long as it is not
	// known where following began.
	after *int64
	began bool
	// failures is how many streams ended since an update came. Their other messages
	// don't count: an instance that accepts and drops is to be spared.
	failures int
}

// stream gives what one instance tells, until the caller has left or the stream
// ends: with an error where somebody said why.
func (f *following) stream(ctx context.Context, give func(*userv1.FlightUpdate) bool) (left bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := f.updates.FollowFlightUpdates(ctx, &userv1.FollowFlightUpdatesRequest{
		FlightCode: f.flightCode, AfterSequence: f.after,
	})
	if err != nil {
		return false, err
	}
	for {
		message, err := stream.Recv()
		if isBrokenOff(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !f.begin(message.GetPosition()) {
			return false, nil
		}
		if update := f.advance(message.GetFlightUpdate()); update != nil && !give(update) {
			return true, nil
		}
	}
}

// begin takes where a stream begins, and says whether that is where it was to
// begin: a service that stands below the number that it gave has lost updates
// since, as when a backup was restored, and those that come are lower.
func (f *following) begin(position *userv1.FlightPosition) bool {
	if position == nil {
		return true
	}
	latest := position.GetLatestSequence()
	behind := f.after != nil && latest < *f.after
	// Whoever went on from now on again after a break would miss what was published during it.
	if f.after == nil || behind {
		f.after = &latest
	}
	if !behind && !f.began && f.options.Began != nil {
		f.options.Began(position)
	}
	f.began = f.began || !behind
	return !behind
}

// advance takes the next update, and answers it if it is new.
func (f *following) advance(update *userv1.FlightUpdate) *userv1.FlightUpdate {
	if update == nil || f.after != nil && update.GetSequence() <= *f.after {
		return nil
	}
	f.after = proto.Int64(update.GetSequence())
	f.failures = 0
	return update
}

// isBrokenOff says whether an open stream ended without a word of its service: by
// the io.EOF of an instance that stops, or by being cut, which gRPC calls Canceled
// or Internal. What a service fails with has a reason, and what gRPC itself finds
// wrong, such as an answer that it can't read, is told from a cut by its message only.
func isBrokenOff(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		return err == io.EOF
	}
	isCut := strings.Contains(failed.Message, "RST_STREAM") || strings.Contains(failed.Message, "without sending trailers")
	return failed.Reason == "" && (failed.Code == codes.Canceled || failed.Code == codes.Internal && isCut)
}

// isPassing says whether another instance, or the same one later, may go on: one
// went away or can't be reached, or has too many followers.
func isPassing(err error) bool {
	code := status.Code(err)
	return code == codes.Unavailable || code == codes.ResourceExhausted
}

func retryAfter(err error) time.Duration {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.RetryAfter
	}
	return 0
}
