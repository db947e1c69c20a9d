package flight

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// TokenSource gives the bearer token of a call. It is asked before each call,
// with a context that ends with the call's, and by calls at the same time:
// whoever fetches tokens keeps them until they expire. An empty token sends
// none.
//
// Where it fails with an [*Error], or one that wraps it, so does the call.
// Whatever else it fails with becomes codes.Unauthenticated.
type TokenSource func(ctx context.Context) (string, error)

const authorization = "authorization"

// withToken adds the token to what a call sends, unless the caller has set one
// for the call.
func withToken(ctx context.Context, source TokenSource) (context.Context, error) {
	if source == nil || carries(ctx, authorization) {
		return ctx, nil
	}
	token, err := source(ctx)
	switch {
	case err != nil:
		return nil, withoutToken(ctx, err)
	case !fitsHeader(token):
		// Without the token: errors are logged.
		return nil, &Error{Code: codes.Unauthenticated, Message: "the token has characters that no header can carry"}
	case token == "":
		return ctx, nil
	}
	return metadata.AppendToOutgoingContext(ctx, authorization, "Bearer "+token), nil
}

// withoutToken is how a call fails whose token source failed.
func withoutToken(ctx context.Context, err error) error {
	if failed, ok := errors.AsType[*Error](err); ok {
		kept := *failed
		kept.cause = err
		return &kept
	}
	code := codes.Unauthenticated
	if ctx.Err() != nil {
		code = status.FromContextError(ctx.Err()).Code()
	}
	return &Error{Code: code, Message: fmt.Sprintf("the token source failed: %v", err), cause: err}
}

func carries(ctx context.Context, key string) bool {
	sent, _ := metadata.FromOutgoingContext(ctx)
	return len(sent.Get(key)) > 0
}

// fitsHeader says whether gRPC lets a header have this value: printable ASCII.
func fitsHeader(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	return true
}
