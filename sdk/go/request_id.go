package flight

import (
	"context"
	"crypto/rand"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const xRequestID = "x-request-id"

// withRequestID names a call in what it sends, unless the caller did.
func withRequestID(ctx context.Context) (context.Context, string) {
	sent, _ := metadata.FromOutgoingContext(ctx)
	if named := sent.Get(xRequestID); len(named) > 0 {
		return ctx, named[0]
	}
	id := rand.Text()
	return metadata.AppendToOutgoingContext(ctx, xRequestID, id), id
}

// withFilledID answers the request with its request_id set: the request itself
// where that is so or it has none, or else a copy, since the message is the
// caller's.
func withFilledID(request any, id string) any {
	message, ok := request.(proto.Message)
	if !ok {
		return request
	}
	field := findRequestID(message.ProtoReflect().Descriptor())
	if field == nil || message.ProtoReflect().Get(field).String() != "" {
		return request
	}
	copied := proto.Clone(message)
	copied.ProtoReflect().Set(field, protoreflect.ValueOfString(id))
	return copied
}
