package flight

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	userv1 "flight.example/sdk/gen/flight/user/v1"
)

// followBackoff is the pause before a following that broke off goes on.
var followBackoff = backoff{least: 100 * time.Millisecond, most: 5 * time.Second}

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
// ends or the loop is left. Where an instance goes away it goes on at another
// one after the last update that came, and keeps trying while there is none.
//
// The last pair has an error instead of an update; that the context ended is
// one too.
func (c *Client) FollowFlight(ctx context.Context, flightCode string, options FollowOptions) iter.Seq2[*userv1.FlightUpdate, error] {
	return func(yield func(*userv1.FlightUpdate, error) bool) {
		f := following{updates: c.FlightUpdates, flightCode: flightCode, options: options, after: options.After}
		for {
			left, err := f.stream(ctx, func(update *userv1.FlightUpdate) bool { return yield(update, nil) })
			if left {
				return
			}
			if !isBrokenOff(err) {
				yield(nil, err)
				return
			}
			f.failures++
			if ended := pause(ctx, max(retryAfter(err), followBackoff.after(f.failures))); ended != nil {
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
	// failures is how many streams in a row brought nothing.
	failures int
}

// stream gives what one instance tells, until it goes away or the caller has
// left.
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
		if err != nil {
			return false, err
		}
		f.failures = 0
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
	return update
}

// isBrokenOff says whether a stream ended because its instance went away: it
// says so or can't be reached, or it fell, which resets or ends the stream. One
// that has too many followers says when to come back, and another may have room.
func isBrokenOff(err error) bool {
	var failed *Error
	switch {
	case !errors.As(err, &failed):
		return true // Nothing, or the io.EOF of an instance that stops.
	case failed.Reason != "":
		return failed.Code == codes.Unavailable || failed.RetryAfter > 0
	default:
		return failed.Code == codes.Unavailable || failed.Code == codes.Canceled ||
			strings.Contains(failed.Message, "RST_STREAM")
	}
}

func retryAfter(err error) time.Duration {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.RetryAfter
	}
	return 0
}
