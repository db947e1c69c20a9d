import { FlightServiceDefinition, type GetFlightResponse } from '@flight/proto/booking';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { announce } from './announce.js';

// grpc-js as its documentation shows it, answering GetFlight with the flight of the first argument.
const { requestType, responseType } = FlightServiceDefinition.methods.getFlight;
const answer = responseType.fromPartial({ flight: JSON.parse(process.argv[2] ?? '{}') });
const server = new Server();
server.addService(
  {
    getFlight: {
      path: '/flight.booking.v1.FlightService/GetFlight',
      requestStream: false,
      responseStream: false,
      requestSerialize: (message) => Buffer.from(requestType.encode(message).finish()),
      requestDeserialize: (bytes: Buffer) => requestType.decode(bytes),
      responseSerialize: (message) => Buffer.from(responseType.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => responseType.decode(bytes),
    },
  },
  { getFlight: (_call: unknown, callback: sendUnaryData<GetFlightResponse>) => callback(null, answer) },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  announce(`127.0.0.1:${port}`);
});
