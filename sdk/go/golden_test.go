package flight

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	_ "google.golang.org/genproto/googleapis/rpc/status"
	_ "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "flight.example/sdk/gen/flight/mesh/v1"
)

// sample is a message as it is on the wire and in JSON.
type sample struct {
	Binary string          `json:"binary"`
	JSON   json.RawMessage `json:"json"`
}

// TestGolden reads and writes the messages that every language of the SDK
// reads and writes the same. They lie in the folder that FLIGHT_GOLDEN names.
func TestGolden(t *testing.T) {
	folder := os.Getenv("FLIGHT_GOLDEN")
	if folder == "" {
		t.Skip("FLIGHT_GOLDEN names no folder of golden messages")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		for name, samples := range readSamples(t, file) {
			t.Run(name, func(t *testing.T) {
				for _, sample := range samples {
					sample.check(t, name)
				}
			})
			read += len(samples)
		}
	}
	if read < 60 {
		t.Errorf("%d samples in %s are too few", read, folder)
	}
}

func readSamples(t *testing.T, file string) map[string][]sample {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var samples map[string][]sample
	if err := json.Unmarshal(text, &samples); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return samples
}

func (s sample) check(t *testing.T, name string) {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
	if err != nil {
		t.Fatal(err)
	}
	binary, err := base64.StdEncoding.DecodeString(s.Binary)
	if err != nil {
		t.Fatal(err)
	}
	fromBinary, fromJSON := kind.New().Interface(), kind.New().Interface()
	if err := proto.Unmarshal(binary, fromBinary); err != nil {
		t.Fatal(err)
	}
	if err := protojson.Unmarshal(s.JSON, fromJSON); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(fromBinary, fromJSON) {
		t.Errorf("binary is\n%v\nJSON is\n%v", fromBinary, fromJSON)
	}
	written, err := proto.MarshalOptions{Deterministic: true}.Marshal(fromJSON)
	if err != nil || !bytes.Equal(written, binary) {
		t.Errorf("written as %s, not %s; %v", base64.StdEncoding.EncodeToString(written), s.Binary, err)
	}
	text, err := protojson.Marshal(fromBinary)
	if err != nil || !reflect.DeepEqual(parse(t, text), parse(t, s.JSON)) {
		t.Errorf("written as %s, not %s; %v", text, s.JSON, err)
	}
}

func parse(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
