package flight

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// TokenSource gives the bearer token of a call. It is asked before each call,
// within the call's deadline, and by calls at the same time: whoever fetches
// tokens keeps them until they expire. An empty token sends none.
type TokenSource func(ctx context.Context) (string, error)

const authorization = "authorization"

// withToken adds the token to what a call sends, unless the caller has set one
// for the call.
func withToken(ctx context.Context, source TokenSource) (context.Context, error) {
	if source == nil || carries(ctx, authorization) {
		return ctx, nil
	}
	token, err := source(ctx)
	if err != nil {
		return nil, &Error{Code: codes.Unauthenticated, Message: fmt.Sprintf("the token source failed: %v", err), cause: err}
	}
	if token == "" {
		return ctx, nil
	}
	return metadata.AppendToOutgoingContext(ctx, authorization, "Bearer "+token), nil
}

func carries(ctx context.Context, key string) bool {
	sent, _ := metadata.FromOutgoingContext(ctx)
	return len(sent.Get(key)) > 0
}
