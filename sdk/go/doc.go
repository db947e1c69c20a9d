// Package flight is the client of the flight booking system: search, book,
// and hear what happens to flights, over gRPC.
//
//	client, err := flight.Connect(flight.Options{Consul: "http://localhost:8500"})
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	found, err := client.Flights.SearchFlights(ctx, &bookingv1.SearchFlightsRequest{
//		FromCity: "Chisinau", ToCity: "London",
//	})
//
// A [Client] has the generated clients of all services, and adds to their
// calls what the contracts ask of a caller:
//
//   - A unary call whose context has no deadline gets the contract's.
//   - A unary call that fails with UNAVAILABLE is tried up to three times,
//     where the contract says that the method may be repeated. Each attempt
//     goes to the next instance in turn, which may be the same where other
//     calls take turns too.
//   - A request whose request_id is empty gets a fresh one, the same for all
//     attempts. The caller's message stays as it is: a copy is sent.
//   - Every call carries an x-request-id, by which the services log: the
//     caller's, else the request's request_id.
//   - A call that fails, fails with an [*Error].
//
// Connecting through Consul follows the instances that pass their checks as
// they come and go. [Client.FollowFlight] gives a flight's updates, each once,
// across instances that go away.
//
// The messages and clients themselves are in flight.example/sdk/gen; they work
// with any gRPC channel.
package flight
