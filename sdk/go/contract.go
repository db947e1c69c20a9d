package flight

import (
	"encoding/json"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	typev1 "flight.example/sdk/gen/flight/type/v1"
)

// usualDeadline is that of methods which the contracts don't know, such as
// those of grpc.health.v1.
const usualDeadline = 2 * time.Second

// terms are what the contracts ask of a caller.
type terms struct {
	deadlines     map[string]time.Duration
	serviceConfig string
}

// contract reads the terms from the descriptors of the generated code, once.
var contract = sync.OnceValue(func() terms {
	read := terms{deadlines: map[string]time.Duration{}}
	var repeatable []methodName
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "flight.") {
			return true
		}
		for _, method := range methodsOf(file) {
			options, _ := method.Options().(*descriptorpb.MethodOptions)
			name := methodName{Service: string(method.Parent().FullName()), Method: string(method.Name())}
			if isUnary(method) && options.GetIdempotencyLevel() != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN {
				repeatable = append(repeatable, name)
			}
			if deadlineMs, _ := proto.GetExtension(options, typev1.E_DeadlineMs).(int32); deadlineMs > 0 {
				read.deadlines[name.path()] = time.Duration(deadlineMs) * time.Millisecond
			}
		}
		return true
	})
	read.serviceConfig = toServiceConfig(repeatable)
	return read
})

// deadline is how long a call of a method may take when its caller does not say.
func (t terms) deadline(path string) time.Duration {
	if deadline, ok := t.deadlines[path]; ok {
		return deadline
	}
	return usualDeadline
}

// isUnary says whether a method has one request and one answer. Streams are not
// retried: whoever reads one knows how far it has come, and goes on from there.
func isUnary(method protoreflect.MethodDescriptor) bool {
	return !method.IsStreamingClient() && !method.IsStreamingServer()
}

func methodsOf(file protoreflect.FileDescriptor) []protoreflect.MethodDescriptor {
	var methods []protoreflect.MethodDescriptor
	for i := range file.Services().Len() {
		of := file.Services().Get(i).Methods()
		for j := range of.Len() {
			methods = append(methods, of.Get(j))
		}
	}
	return methods
}

type methodName struct {
	Service string `json:"service"`
	Method  string `json:"method"`
}

func (m methodName) path() string { return "/" + m.Service + "/" + m.Method }

// toServiceConfig writes how channels behave, as gRPC reads it: calls take
// turns among instances, and what may be repeated is retried, at the next one in
// turn, within the budget of gRFC A6.
//
// See https://github.com/grpc/grpc-proto/blob/master/grpc/service_config/service_config.proto.
func toServiceConfig(repeatable []methodName) string {
	type object = map[string]any
	config := object{
		"loadBalancingConfig": []object{{"round_robin": object{}}},
		"retryThrottling":     object{"maxTokens": 10, "tokenRatio": 0.1},
		"methodConfig": []object{{
			"name": repeatable,
			"retryPolicy": object{
				"maxAttempts":          3,
				"initialBackoff":       "0.05s",
				"maxBackoff":           "1s",
				"backoffMultiplier":    2,
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}},
	}
	text, err := json.Marshal(config)
	if err != nil {
		panic(err) // Strings and numbers alone: it can't.
	}
	return string(text)
}

// findRequestID is the field by which a repeated request is recognised, or nil.
func findRequestID(message protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	field := message.Fields().ByName("request_id")
	if field == nil || field.Kind() != protoreflect.StringKind || field.IsList() {
		return nil
	}
	return field
}
