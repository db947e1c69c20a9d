package flight

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const xRequestID = "x-request-id"

// isHeaderID is what services take for an id; another one they replace.
var isHeaderID = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// withRequestID answers the request with its request_id set, and that id. It is
// the request itself where the caller has set one, or else a copy, since the
// message is the caller's. A request that has no such field has no id.
func withRequestID(request any) (any, string) {
	message, ok := request.(proto.Message)
	if !ok {
		return request, ""
	}
	field := findRequestID(message.ProtoReflect().Descriptor())
	if field == nil {
		return request, ""
	}
	if named := message.ProtoReflect().Get(field).String(); named != "" {
		return request, named
	}
	id := newID()
	copied := proto.Clone(message)
	copied.ProtoReflect().Set(field, protoreflect.ValueOfString(id))
	return copied, id
}

// withHeader names a call in what it sends, unless the caller did: by the id of
// its request, or by a fresh one where the request has none or one that only
// the service may refuse. A header never names a request: all calls of a
// handler may carry the same.
func withHeader(ctx context.Context, requestID string) (context.Context, string) {
	sent, _ := metadata.FromOutgoingContext(ctx)
	if named := sent.Get(xRequestID); len(named) > 0 {
		return ctx, named[0]
	}
	if !isHeaderID.MatchString(requestID) {
		requestID = newID()
	}
	return metadata.AppendToOutgoingContext(ctx, xRequestID, requestID), requestID
}

// newID is a random UUID (RFC 9562, version 4).
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // It never fails.
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
