package flight

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// conn is a channel of a service that does for each call what the contracts
// ask of a caller. The generated clients call through it.
type conn struct {
	service string
	// channel is nil where no address of the service was given.
	channel *grpc.ClientConn
	source  TokenSource
}

// Invoke makes a unary call.
func (c conn) Invoke(ctx context.Context, method string, request, response any, options ...grpc.CallOption) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, contract().deadline(method))
		defer cancel()
	}
	request, requestID := withRequestID(request)
	ctx, header := withHeader(ctx, requestID)
	called := call{method: method, requestID: header}
	if c.channel == nil {
		return called.failed(c.withoutAddress())
	}
	ctx, err := withToken(ctx, c.source)
	if err != nil {
		return called.failed(err)
	}
	return called.failed(c.channel.Invoke(ctx, method, request, response, options...))
}

// NewStream begins a streaming call. It has no deadline but the caller's.
func (c conn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, header := withHeader(ctx, "")
	called := call{method: method, requestID: header}
	if c.channel == nil {
		return nil, called.failed(c.withoutAddress())
	}
	ctx, err := withToken(ctx, c.source)
	if err != nil {
		return nil, called.failed(err)
	}
	opened, err := c.channel.NewStream(ctx, desc, method, options...)
	if err != nil {
		return nil, called.failed(err)
	}
	return stream{opened, called}, nil
}

// withoutAddress is how each call fails that has nowhere to go. To try again is
// no use before the program is another one.
func (c conn) withoutAddress() error {
	return status.Errorf(codes.FailedPrecondition, "no address of %s in Options.Addresses", c.service)
}

// stream is a stream whose errors say of which call they are.
type stream struct {
	grpc.ClientStream
	called call
}

func (s stream) Header() (metadata.MD, error) {
	header, err := s.ClientStream.Header()
	return header, s.called.failed(err)
}

func (s stream) SendMsg(message any) error { return s.called.failed(s.ClientStream.SendMsg(message)) }

func (s stream) CloseSend() error { return s.called.failed(s.ClientStream.CloseSend()) }

func (s stream) RecvMsg(message any) error { return s.called.failed(s.ClientStream.RecvMsg(message)) }
