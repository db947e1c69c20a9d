package flight

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
)

func TestTakesADeadlineOfEveryUnaryMethodFromTheContract(t *testing.T) {
	methods := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "flight.") {
			return true
		}
		for _, method := range methodsOf(file) {
			methods++
			path := methodName{string(method.Parent().FullName()), string(method.Name())}.path()
			if _, has := contract().deadlines[path]; has == method.IsStreamingServer() {
				t.Errorf("%s: streams: %v, has a deadline: %v", path, method.IsStreamingServer(), has)
			}
		}
		return true
	})
	if methods < 20 {
		t.Errorf("looked at %d methods", methods)
	}
}

func TestRepeatsWhatTheContractAllows(t *testing.T) {
	var config struct {
		MethodConfig []struct{ Name []methodName }
	}
	if err := json.Unmarshal([]byte(contract().serviceConfig), &config); err != nil {
		t.Fatal(err)
	}
	repeated := map[string]bool{}
	for _, name := range config.MethodConfig[0].Name {
		repeated[name.path()] = true
	}
	for path, may := range map[string]bool{
		bookingv1.FlightService_SearchFlights_FullMethodName:          true,
		bookingv1.BookingService_BookFlight_FullMethodName:            true,
		userv1.UserService_Login_FullMethodName:                       true,
		userv1.FlightUpdateService_FollowFlightUpdates_FullMethodName: false,
		userv1.UserChangeService_StreamUserChanges_FullMethodName:     false,
		userv1.UserService_SimulateFailure_FullMethodName:             false,
	} {
		if repeated[path] != may {
			t.Errorf("repeats %s: %v", path, repeated[path])
		}
	}
}

func TestKnowsWhichRequestsHaveAnID(t *testing.T) {
	var have []string
	protoregistry.GlobalTypes.RangeMessages(func(message protoreflect.MessageType) bool {
		if findRequestID(message.Descriptor()) != nil {
			have = append(have, string(message.Descriptor().Name()))
		}
		return true
	})
	for _, wanted := range []string{"RegisterRequest", "BookFlightRequest", "PublishFlightUpdateRequest", "RunEtlRequest"} {
		if !slices.Contains(have, wanted) {
			t.Errorf("found no request_id in %s", wanted)
		}
	}
	if slices.Contains(have, "LoginRequest") {
		t.Error("found a request_id in LoginRequest, which has none")
	}
}
